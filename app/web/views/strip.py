"""The strip of the whole conversation, and the minimap of its turns: rectangles in token units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .columns import STATE_NAMES, TRAINED_STATE, StateColumn, StateName, runs
from .turns import TurnView

MOST_RECTANGLES = 1_000


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring tokens of one state, from token `x` on."""

    x: int
    width: int
    state: StateName


@dataclass(frozen=True, slots=True)
class Strip:
    """Segments that tile `length` tokens."""

    length: int
    segments: tuple[Segment, ...]


def strip(states: StateColumn) -> Strip:
    """One segment per run; where runs are too many to see, columns that show trained over masked."""
    found = runs(states)
    if len(found) > MOST_RECTANGLES:
        found = [(start, end, value) for start, end, value in runs(_coarse(states))]
    segments = tuple(Segment(start, end - start, STATE_NAMES[value]) for start, end, value in found)
    return Strip(len(states), segments)


def _coarse(states: StateColumn) -> StateColumn:
    step = -(-len(states) // MOST_RECTANGLES)
    starts = np.arange(0, len(states), step)
    trained = np.add.reduceat((states == TRAINED_STATE).astype(np.int64), starts) > 0
    return np.repeat(trained.astype(np.uint8), step)[: len(states)]


@dataclass(frozen=True, slots=True)
class Band:
    """One turn on the minimap: where it begins, how long it is, which share of it trains."""

    y: int
    height: int
    trained: float
    role: str


def minimap(turns: Sequence[TurnView]) -> tuple[Band, ...]:
    """One band per turn, in tokens from the first turn shown."""
    if not turns:
        return ()
    first = turns[0].start
    return tuple(
        Band(turn.start - first, turn.length, round(turn.trained / turn.length, 3), turn.role)
        for turn in turns
    )
