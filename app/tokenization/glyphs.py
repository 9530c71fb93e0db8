"""What is drawn for each token: the characters it covers, with everything invisible made visible.

Each character of the text is drawn exactly once, on the first token that covers it; nothing
is decoded token by token. With ☕ in three tokens:

    ☕  ⟨98⟩  ⟨95⟩

Covered: whitespace, control, bidirectional and zero-width characters; characters spread over
several tokens; characters that no token covers (NFC joins them, a Unigram vocabulary drops
them), drawn after the token before them; tokens that cover nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal, NamedTuple, TypeAlias

from ..core.tokens import Tokens
from .pieces import METASPACE, Spelling, bytes_of, spelling_of

GlyphKind: TypeAlias = Literal["text", "space", "newline", "tab", "escape", "bytes", "piece"]


class Glyph(NamedTuple):
    """Something drawn: what is shown, and the characters of the text it stands for.

    `source` is empty for `bytes` (a further token of a character drawn already) and `piece`
    (a token that covers nothing). A glyph that is not `covered` belongs to no token.
    """

    kind: GlyphKind
    shown: str
    source: str
    covered: bool = True


Row: TypeAlias = tuple[Glyph, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A row of glyphs for each token, and what stands before the first and after the last."""

    before: Row
    rows: Sequence[Row]
    after: Row

    @property
    def text(self) -> str:
        """The characters drawn, in order: the text itself where all tokens are drawn."""
        rows = (self.before, *self.rows, self.after)
        return "".join(glyph.source for row in rows for glyph in row)


def draw(text: str, tokens: Tokens, start: int = 0, end: int | None = None) -> Drawing:
    """The glyphs of tokens `start` to `end`; `before` and `after` only at the ends of the text.

    What is `after` the last token may also be text that truncation cut off.
    """
    stop = len(tokens) if end is None else min(end, len(tokens))
    pen = _Pen(text, tokens, start, stop)
    before = pen.gap() if start == 0 else ()
    rows = [pen.row(index) for index in range(start, stop)]
    at_end = stop == len(tokens) and (start < stop or stop == 0)
    after = pen.uncovered(len(text)) if at_end else ()
    return Drawing(before, rows, after)


class _Pen:
    """Walks over the tokens; every character up to `place` has been drawn."""

    def __init__(self, text: str, tokens: Tokens, start: int, stop: int) -> None:
        self.text = text
        self.place = _drawn_before(text, tokens, start)
        self.start = start
        # One more than is drawn: a token's row ends where the next one begins.
        self.spans: list[list[int]] = tokens.offsets[start : stop + 1].tolist()
        self.pieces = list(tokens.pieces[start : stop + 1])
        self.special: list[bool] = tokens.special[start : stop + 1].tolist()
        self.spelling: Spelling = spelling_of(self.pieces)

    def row(self, index: int) -> Row:
        """The glyphs of one token, and of what no token covers between it and the next."""
        own = self._token(index - self.start)
        gap = self.gap(index - self.start + 1)
        return (*own, *gap) if gap else own

    def _token(self, index: int) -> Row:
        first, last = self.spans[index]
        if first == last or self._stands_alone(index):
            return (Glyph("piece", self.pieces[index], ""),)
        shared = () if first >= self.place else self._shared(index)
        if last <= self.place:
            return shared
        own = self.text[max(first, self.place) : last]
        self.place = last
        return (*shared, *glyphs(own)) if shared else glyphs(own)

    def _stands_alone(self, index: int) -> bool:
        """A lone metaspace before a word it was split from: there is no space in the text."""
        first = self.spans[index][0]
        follows = index + 1 < len(self.spans) and self.spans[index + 1][0] == first
        return follows and self.pieces[index] == METASPACE and not self.text[first].isspace()

    def _shared(self, index: int) -> Row:
        """What a token adds to a character that an earlier one has drawn: its bytes, where they are known."""
        piece = self.pieces[index]
        found = bytes_of(piece, self.spelling, special=self.special[index]) or b""
        tail = found[: len(found) - len(found.lstrip(_CONTINUATION))]
        if not tail:
            return (Glyph("piece", piece, ""),)
        return tuple(Glyph("bytes", f"\u27e8{byte:02X}\u27e9", "") for byte in tail)

    def gap(self, index: int = 0) -> Row:
        """What no token covers before the token at `index`."""
        return self.uncovered(self.spans[index][0]) if index < len(self.spans) else ()

    def uncovered(self, until: int) -> Row:
        """What no token covers up to a character."""
        if until <= self.place:
            return ()
        found = tuple(glyph._replace(covered=False) for glyph in glyphs(self.text[self.place : until]))
        self.place = until
        return found


_CONTINUATION = bytes(range(0x80, 0xC0))


def _drawn_before(text: str, tokens: Tokens, start: int) -> int:
    """The first character that no token before `start` has drawn, with what stands between it and them."""
    if start == 0 or start >= len(tokens):
        return 0 if start == 0 else len(text)
    previous, first = int(tokens.offsets[start - 1, 0]), int(tokens.offsets[start, 0])
    alone = previous == first and tokens.pieces[start - 1] == METASPACE and not text[first].isspace()
    return max(first, int(tokens.offsets[: start - alone, 1].max(initial=0)))


@lru_cache(maxsize=32_768)
def glyphs(text: str) -> Row:
    """Some characters of a text as glyphs.

    >>> [glyph.shown for glyph in glyphs(" a\\u200b")]
    ['·', 'a', '⟨U+200B⟩']
    """
    if text.isascii() and text.isprintable() and " " not in text:
        return (Glyph("text", text, text),) if text else ()
    return tuple(glyph for match in _RUNS.finditer(text) for glyph in _run(match))


def visible(text: str) -> str:
    """A text in one piece whose control, bidirectional and zero-width characters are seen; spaces stay.

    >>> visible("a\\u202eb\\n")
    'a⟨U+202E⟩b\\n'
    """
    if text.isprintable() and (text.isascii() or _BLANK.isdisjoint(text)):
        return text
    return _UNUSUAL.sub(lambda match: "".join(map(_seen, match[0])), text)


_UNUSUAL = re.compile(r"[^\n\t\x20-\x7e]+")


def _seen(character: str) -> str:
    hidden = _is_hidden(character) and unicodedata.category(character) != "Zs"
    return _escape(character) if hidden else character


# Letters, marks and symbols that draw nothing, although Unicode counts them as printable.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
_RUNS = re.compile(r"(?P<space> +)|(?P<newline>\n+)|(?P<tab>\t+)|(?P<text>[^ \n\t]+)")


def _run(match: re.Match[str]) -> Iterator[Glyph]:
    source = match[0]
    if match["space"]:
        yield Glyph("space", "\u00b7" * len(source), source)
    elif match["newline"]:
        yield Glyph("newline", "\u21b5\n" * len(source), source)
    elif match["tab"]:
        yield Glyph("tab", "\u2192\t" * len(source), source)
    else:
        yield from _letters(source)


def _letters(source: str) -> Iterator[Glyph]:
    for hidden, run in groupby(source, _is_hidden):
        found = "".join(run)
        shown = "".join(map(_escape, found)) if hidden else _on_circle(found)
        yield Glyph("escape" if hidden else "text", shown, found)


def _is_hidden(character: str) -> bool:
    return not character.isprintable() or character in _BLANK


def _escape(character: str) -> str:
    return f"\u27e8U+{ord(character):04X}\u27e9"


def _on_circle(text: str) -> str:
    """A combining mark at the start would be drawn on the token before; give it a circle to stand on."""
    return f"\u25cc{text}" if unicodedata.category(text[0]).startswith("M") else text
