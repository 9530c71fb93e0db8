"""How each token is drawn: its class letters, and its characters as plain text and glyphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from ...core.example import Example
from ...core.tokens import Tokens
from ...tokenization.glyphs import Glyph, GlyphKind, Row, draw
from .columns import TRAINED_STATE, UNUSED_STATE, StateColumn
from .findings import Marks
from .lens import LensClasses

Segment: TypeAlias = tuple[str, str]
"""A class letter and what is shown: empty for text, `g` whitespace, `x` escape or byte, `q` a
vocabulary piece that covers nothing, `d` characters that no token covers."""

_LETTER: dict[GlyphKind, str] = {
    "text": "",
    "space": "g",
    "newline": "g",
    "tab": "g",
    "escape": "x",
    "bytes": "x",
    "piece": "q",
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """Class letters and segments of the tokens from `start` on.

    Class letters: `t` trained, `u` labelled but unused, `w` an error or a warning is about it,
    `s` special, `l` too long for one line; and those of the lenses, see `lens`.
    """

    start: int
    classes: Sequence[str]
    segments: Sequence[Sequence[Segment]]
    tails: Sequence[str]
    before: Sequence[Segment]
    after: Sequence[Segment]

    @classmethod
    def of(
        cls,
        example: Example,
        states: StateColumn,
        marked: Marks,
        start: int,
        end: int,
        lens: LensClasses | None = None,
    ) -> Drawing:
        """The drawing of tokens `start` to `end`; `lens` has the classes of every token of the example."""
        drawn = draw(example.rendering.text, example.tokens, start, end)
        special = example.tokens.special[start:end].tolist()
        spans = example.tokens.offsets[start:end]
        long = (spans[:, 1] - spans[:, 0] > LONG).tolist()
        further = [""] * (end - start) if lens is None else lens[start:end]
        own = states[start:end].tolist(), marked[start:end].tolist()
        classes = list(map(_class, *own, special, long, further))
        rows = drawn.rows
        segments, tails = list(map(_segments, rows)), list(map(_tail, rows))
        return cls(start, classes, segments, tails, _segments(drawn.before), _segments(drawn.after))

    def tokens(self, start: int, end: int) -> Iterator[tuple[str, Sequence[Segment], str]]:
        """Classes, segments and the line break behind each of tokens `start` to `end`."""
        drawn = slice(start - self.start, end - self.start)
        return zip(self.classes[drawn], self.segments[drawn], self.tails[drawn], strict=True)


DrawnToken: TypeAlias = tuple[str, Sequence[Segment]] | tuple[str, Sequence[Segment], str]
"""Classes, segments and, within the text, the line break behind it."""


def drawn(text: str, tokens: Tokens, start: int, end: int) -> Iterator[tuple[str, Sequence[Segment]]]:
    """Classes and segments of some tokens that no state is told of."""
    special = tokens.special[start:end].tolist()
    for row, is_special in zip(draw(text, tokens, start, end).rows, special, strict=True):
        yield "s" if is_special else "", _segments(row)


LONG = 24
"""Characters from which on a token may break over lines."""


@lru_cache(maxsize=4_096)
def _class(state: int, marked: bool, special: bool, long: bool, lens: str) -> str:
    letters = ["t"] if state == TRAINED_STATE else ["u"] if state == UNUSED_STATE else []
    letters += ["w"] if marked else []
    letters += ["s"] if special else []
    letters += ["l"] if long else []
    return " ".join([*letters, lens] if lens else letters)


@lru_cache(maxsize=32_768)
def _segments(row: Row) -> tuple[Segment, ...]:
    shown = [(_LETTER[glyph.kind] if glyph.covered else "d", _shown(glyph)) for glyph in row]
    if _tail(row):
        shown[-1] = (shown[-1][0], shown[-1][1].rstrip("\n"))
    return tuple(shown)


def _tail(row: Row) -> str:
    return "\n" if row and row[-1].kind == "newline" else ""


def _shown(glyph: Glyph) -> str:
    """A run of line breaks breaks the line once; its glyphs tell how many there are."""
    return glyph.shown.replace("\n", "") + "\n" if glyph.kind == "newline" else glyph.shown
