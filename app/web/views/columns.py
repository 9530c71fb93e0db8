"""Columns of one example as the views read them: states, runs of equal values, shares in words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...core.example import MASKED, Example
from ...core.provenance import IntArray

MASKED_STATE, TRAINED_STATE, UNUSED_STATE = 0, 1, 2
StateColumn: TypeAlias = NDArray[np.uint8]
StateName: TypeAlias = Literal["masked", "trained", "unused"]
STATE_NAMES: tuple[StateName, ...] = ("masked", "trained", "unused")


def states(example: Example) -> StateColumn:
    """(n,) 0 masked, 1 trained, 2 labelled but unused.

    >>> states(example with labels [7, 5, -100])
    [2, 1, 0]
    """
    labelled = example.labels != MASKED
    used = example.used
    return np.where(used, TRAINED_STATE, np.where(labelled, UNUSED_STATE, MASKED_STATE)).astype(np.uint8)


def edges(column: NDArray[Any]) -> IntArray:
    """Where runs of equal values begin, and the length at the end: `[0, 0, 5]` gives `[0, 2, 3]`."""
    changes = np.flatnonzero(column[1:] != column[:-1]) + 1
    first = [0] if len(column) else []
    return np.concatenate([first, changes, [len(column)]]).astype(np.int32)


def runs(column: NDArray[Any]) -> list[tuple[int, int, Any]]:
    """`(start, end, value)` of every run of equal values."""
    cuts = edges(column).tolist()
    return [(start, end, column[start].item()) for start, end in itertools.pairwise(cuts)]


def packed(column: NDArray[Any]) -> list[Any]:
    """Run lengths and values by turns, the form in which columns travel to the page.

    >>> packed(np.array([0, 0, 5]))
    [2, 0, 1, 5]
    """
    flat: list[Any] = []
    for start, end, value in runs(column):
        flat += (end - start, value)
    return flat


def percent(part: int, whole: int) -> str:
    """A share in whole percent that never rounds something to nothing or nearly all to all.

    >>> percent(1, 400), percent(399, 400)
    ('under 1 %', 'over 99 %')
    """
    if whole == 0 or part == 0:
        return "0 %"
    share = 100 * part / whole
    if share < 1:
        return "under 1 %"
    if 99 < share < 100:
        return "over 99 %"
    return f"{round(share)} %"


def fraction(share: float) -> str:
    """A coefficient as a person writes it: `1/15` where it is one over a whole number.

    >>> fraction(0.2), fraction(0.3), fraction(1.0), fraction(0.0)
    ('1/5', '0.3', '1', '')
    """
    if share == 0:
        return ""
    whole = round(1 / share)
    return f"1/{whole:,}" if whole > 1 and abs(share * whole - 1) < 1e-9 else f"{share:.4g}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: `1 token`, `2 tokens`, `12,000 tokens`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
