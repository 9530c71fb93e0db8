"""Where a framework feeds other tokens than inference will see: both sides of every stretch, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ...core.analysis import ExampleAnalysis
from ...core.tokens import Tokens
from .drawing import Segment, drawn

MOST_LISTED = 50
MOST_DRAWN = 40
"""Tokens of one side of a stretch that are drawn; the rest is counted."""

DrawnTokens: TypeAlias = tuple[tuple[str, Sequence[Segment]], ...]


@dataclass(frozen=True, slots=True)
class Side:
    """Some tokens of one side: the first `MOST_DRAWN`, and how many are left."""

    start: int
    tokens: DrawnTokens
    more: int


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """A stretch; `token` is where it is among the framework's tokens, or would be."""

    token: int
    fed: Side
    seen: Side


@dataclass(frozen=True, slots=True)
class Differences:
    """The first `MOST_LISTED`, how many there are, and the sentence on them."""

    listed: tuple[DifferenceView, ...]
    total: int
    sentence: str


def difference_views(analysed: ExampleAnalysis) -> Differences | None:
    """None where the framework trains on what inference will see."""
    if analysed.difference is None or analysed.rendered is None:
        return None
    example, rendered = analysed.example, analysed.rendered
    last = max(len(example.tokens) - 1, 0)
    views = tuple(
        DifferenceView(
            min(found.example[0], last),
            _side(example.rendering.text, example.tokens, *found.example),
            _side(rendered.text, rendered.tokens, *found.rendering),
        )
        for found in analysed.difference[:MOST_LISTED]
    )
    return Differences(views, len(analysed.difference), analysed.notice or "")


def _side(text: str, tokens: Tokens, start: int, end: int) -> Side:
    stop = min(end, start + MOST_DRAWN)
    return Side(start, tuple(drawn(text, tokens, start, stop)), end - stop)
