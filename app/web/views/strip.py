"""The strip of the whole conversation, and the minimap of its turns: rectangles in token units.

Errors and warnings are marked beside them, so that they cover no state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from .columns import STATE_NAMES, TRAINED_STATE, StateColumn, StateName, runs
from .findings import Grades
from .turns import TurnView

MOST_RECTANGLES = 1_000
MOST_SIGNS = 48
"""Signs that have room on the strip of a phone."""

Urgency: TypeAlias = Literal["warning", "error"]
_URGENCIES: tuple[Urgency, ...] = ("warning", "error")


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring tokens of one state, from token `x` on."""

    x: int
    width: int
    state: StateName


@dataclass(frozen=True, slots=True)
class Mark:
    """Neighbouring tokens, from token `x` on, that an error or a warning is about."""

    x: int
    width: int
    severity: Urgency


@dataclass(frozen=True, slots=True)
class Sign:
    """Where the sign of a mark stands, in percent of the strip."""

    at: float
    severity: Urgency


@dataclass(frozen=True, slots=True)
class Strip:
    """Segments that tile `length` tokens, marks beside them, and signs no two of which touch."""

    length: int
    segments: tuple[Segment, ...]
    marks: tuple[Mark, ...] = ()

    @property
    def signs(self) -> tuple[Sign, ...]:
        """At the first token of every mark; of marks close together, one for the most severe."""
        found: list[Sign] = []
        for mark in self.marks:
            at = round(100 * (mark.x + 0.5) / self.length, 2)
            if not found or at - found[-1].at >= 100 / MOST_SIGNS:
                found.append(Sign(at, mark.severity))
            elif mark.severity == "error":
                found[-1] = Sign(found[-1].at, "error")
        return tuple(found)


def strip(states: StateColumn, graded: Grades | None = None) -> Strip:
    """One segment per run; where runs are too many to see, columns that show trained over masked."""
    found = runs(states)
    if len(found) > MOST_RECTANGLES:
        found = [(start, end, value) for start, end, value in runs(_coarse(states))]
    segments = tuple(Segment(start, end - start, STATE_NAMES[value]) for start, end, value in found)
    return Strip(len(states), segments, () if graded is None else marks_of(graded))


def marks_of(graded: Grades) -> tuple[Mark, ...]:
    """One mark per run of tokens of one grade; where they are too many to see, coarser ones.

    >>> marks_of(np.array([0, 2, 2, 0]))
    (Mark(x=1, width=2, severity='error'),)
    """
    found = runs(graded)
    if len(found) > MOST_RECTANGLES:
        step = _step(graded)
        worst = np.maximum.reduceat(graded, np.arange(0, len(graded), step))
        found = runs(np.repeat(worst, step)[: len(graded)])
    return tuple(Mark(start, end - start, _URGENCIES[grade - 1]) for start, end, grade in found if grade)


def _coarse(states: StateColumn) -> StateColumn:
    step = _step(states)
    starts = np.arange(0, len(states), step)
    trained = np.add.reduceat((states == TRAINED_STATE).astype(np.int64), starts) > 0
    return np.repeat(trained.astype(np.uint8), step)[: len(states)]


def marks_within(marks: Sequence[Mark], start: int, end: int) -> tuple[Mark, ...]:
    """What of the marks lies in tokens `start` to `end`, counted from `start`."""
    cut = [(max(mark.x, start), min(mark.x + mark.width, end), mark.severity) for mark in marks]
    return tuple(Mark(first - start, last - first, severity) for first, last, severity in cut if first < last)


def _step(column: StateColumn | Grades) -> int:
    return -(-len(column) // MOST_RECTANGLES)


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
