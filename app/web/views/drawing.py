"""How each token is drawn: its class letters, and its text cut into plain text and glyphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...core.example import Example
from .columns import TRAINED_STATE, UNUSED_STATE, StateColumn

_STATE_CLASS = {TRAINED_STATE: "t", UNUSED_STATE: "u"}


@dataclass(frozen=True, slots=True)
class Drawing:
    """Class letters and segments of the tokens from `start` on.

    Class letters: `t` trained, `u` labelled but unused, `s` special. A segment is a pair:
    its class letter (`g` glyph, `x` byte chip, empty for text) and its text.
    """

    start: int
    classes: Sequence[str]
    segments: Sequence[Sequence[tuple[str, str]]]

    @classmethod
    def of(cls, example: Example, states: StateColumn, start: int, end: int) -> Drawing:
        """The drawing of tokens `start` to `end`."""
        special = example.tokens.special[start:end].tolist()
        classes = [
            f"{_STATE_CLASS.get(state, '')}{' s' if is_special else ''}".strip()
            for state, is_special in zip(states[start:end].tolist(), special, strict=True)
        ]
        spans = example.tokens.offsets[start:end].tolist()
        text = example.rendering.text
        segments = [[("", text[first:last])] for first, last in spans]
        return cls(start, classes, segments)

    def tokens(self, start: int, end: int) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
        """Classes and segments of tokens `start` to `end`."""
        drawn = slice(start - self.start, end - self.start)
        return zip(self.classes[drawn], self.segments[drawn], strict=True)
