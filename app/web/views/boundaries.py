"""Every place where the mask changes: the last token before, and the first after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .columns import TRAINED_STATE, StateColumn

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Boundary:
    """`begins`: `after` is the first trained token; `ends`: `before` is the last."""

    before: int
    after: int
    kind: Literal["begins", "ends"]


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The first `MOST_LISTED`, and how many there are."""

    listed: tuple[Boundary, ...]
    total: int


def boundaries(states: StateColumn, start: int = 0, end: int | None = None) -> Boundaries:
    """Boundaries whose tokens both lie between `start` and `end`.

    >>> boundaries(np.array([0, 1, 1, 0])).listed
    (Boundary(before=0, after=1, kind='begins'), Boundary(before=2, after=3, kind='ends'))
    """
    trained = states[start:end] == TRAINED_STATE
    found = (np.flatnonzero(trained[1:] != trained[:-1]) + start).tolist()
    rows = [_boundary(before, states) for before in found[:MOST_LISTED]]
    return Boundaries(tuple(rows), len(found))


def _boundary(before: int, states: StateColumn) -> Boundary:
    begins = states[before + 1] == TRAINED_STATE
    return Boundary(before, before + 1, "begins" if begins else "ends")
