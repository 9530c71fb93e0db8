"""The token view as a picture for slides: turns as rows, tokens in lines, a legend that needs no colour.

The fonts are whatever the reader has. So a character is given a cell of fixed width (two for wide
ones), and every piece of text its length, to which the reader's program fits it. Trained tokens
have a bar under them, which a greyscale print shows too. Bounded in tokens and in lines, and the
picture says what is left out. No script, no link, no foreign object.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from .sheet import DrawnToken, Sheet, SheetExample, SheetTurn
from .svg_lines import Piece, broken, cells
from .svg_token import CELL, STYLE, drawn_piece
from .text import inert, shortened

MOST_TOKENS = 1_500
MOST_LINES = 160

WIDTH = 1280
MARGIN = 40
GUTTER = 148
LINE = 31
COLUMNS = int((WIDTH - 2 * MARGIN - GUTTER) / CELL)


@dataclass(slots=True)
class _Page:
    """What is drawn so far, and how far down."""

    y: float = MARGIN
    lines: int = 0
    parts: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.parts.append(text)

    @property
    def full(self) -> bool:
        return self.lines >= MOST_LINES


def as_svg(sheet: Sheet) -> str:
    """The picture; its root has `width` and `height` in pixels."""
    page = _Page()
    if sheet.refusal is not None:
        _heading(page, sheet.refusal)
    left = MOST_TOKENS
    for number, example in enumerate(sheet.examples, start=1):
        left -= _example(page, example, left, number, len(sheet.examples))
        if left <= 0 or page.full:
            _say_more_examples(page, len(sheet.examples) - number)
            break
    _legend(page, sheet)
    height = int(page.y + MARGIN)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" xml:space="preserve"><title>{_text(sheet.title)}</title>'
        f'<style>{STYLE}</style><rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        f"{''.join(page.parts)}</svg>\n"
    )


def _text(text: str) -> str:
    return escape(inert(text))


def _heading(page: _Page, sentence: str) -> None:
    for line in _wrapped(inert(shortened(sentence, 300)), 88):
        page.y += 30
        page.add(f'<text class="h" x="{MARGIN}" y="{page.y - 6:g}">{escape(line)}</text>')
    page.y += 10


def _wrapped(text: str, most: int) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        for start in range(0, max(len(word), 1), most):
            piece = word[start : start + most]
            if line and cells(line) + 1 + cells(piece) > most:
                yield line
                line = piece
            else:
                line = f"{line} {piece}" if line else piece
    if line:
        yield line


def _example(page: _Page, example: SheetExample, most: int, number: int, of: int) -> int:
    """Draws one example; gives how many tokens of it."""
    _heading(page, f"Example {number} of {of}: {example.verdict}" if of > 1 else example.verdict)
    tokens = list(example.draw(0, min(example.total, most)))
    drawn = 0
    for turn in example.turns:
        if drawn >= len(tokens) or page.full:
            break
        drawn += _turn(page, turn, tokens[turn.first : turn.first + turn.tokens])
    _note(page, example, drawn)
    return max(drawn, 1)


def _note(page: _Page, example: SheetExample, drawn: int) -> None:
    left = example.total - drawn
    said = f"{left:,} more tokens are left out of this picture." if left else ""
    cut = f"The length limit cut {example.cut:,} tokens off." if example.cut else ""
    if said or cut:
        page.y += 26
        page.add(f'<text class="r" x="{MARGIN}" y="{page.y:g}">{" ".join(filter(None, (said, cut)))}</text>')
        page.y += 6


def _say_more_examples(page: _Page, more: int) -> None:
    if more:
        page.y += 26
        said = "1 more example is" if more == 1 else f"{more:,} more examples are"
        page.add(f'<text class="r" x="{MARGIN}" y="{page.y:g}">{said} left out of this picture.</text>')


def _turn(page: _Page, turn: SheetTurn, tokens: Sequence[DrawnToken]) -> int:
    """One row: its role and counts beside its lines; gives how many tokens are drawn whole."""
    top = page.y + 4
    page.add(f'<path class="l" d="M{MARGIN} {top:g}H{WIDTH - MARGIN}"/>')
    role = _text(shortened(turn.title, 16))
    page.add(f'<text class="r" x="{MARGIN}" y="{top + 22:g}">{role}</text>')
    counts = f"{turn.trained:,} of {turn.tokens:,} train"
    page.add(f'<text class="q" x="{MARGIN}" y="{top + 40:g}">{counts}</text>')
    page.y = top + 4
    drawn = _lines(page, tokens)
    page.y = max(page.y, top + 48) + 6
    return drawn


def _lines(page: _Page, tokens: Sequence[DrawnToken]) -> int:
    drawn = 0
    for line in broken(tokens, COLUMNS):
        if page.full:
            break
        page.add("".join(drawn_piece(piece, MARGIN + GUTTER, page.y) for piece in line))
        page.y += LINE
        page.lines += 1
        drawn += sum(piece.first for piece in line)
    return drawn


_LEGEND = (
    DrawnToken("trained", "", "trained"),
    DrawnToken("masked", "", "masked"),
    DrawnToken("labelled, but unused", "", "unused"),
    DrawnToken("error or warning", "", "masked", marked=True),
    DrawnToken("<special>", "", "masked", special=True),
)


def _legend(page: _Page, sheet: Sheet) -> None:
    """The shapes that tokens have, and what the picture was made with."""
    page.y += 26
    page.add(f'<path class="l" d="M{MARGIN} {page.y - 14:g}H{WIDTH - MARGIN}"/>')
    column = 0
    for token in _LEGEND:
        piece = Piece(token, token.text, column, len(token.text), True)
        page.add(drawn_piece(piece, MARGIN, page.y))
        column += len(token.text) + 3
    page.y += 44
    facts = (*(f"{name}: {value}" for name, value in sheet.settings), f"digest {sheet.digest[:12]}")
    for line in _wrapped(inert(" · ".join(shortened(fact, 90) for fact in facts)), 170):
        page.add(f'<text class="q" x="{MARGIN}" y="{page.y:g}">{escape(line)}</text>')
        page.y += 18
