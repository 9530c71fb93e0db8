"""Where two rows of ids differ: what a framework trains on, and what inference will see.

A row is walked from both ends as far as it agrees, and what is left in the middle from one
shared run of ids to the next nearest one. So every stretch outside the differences is equal,
and the time grows with the length of the rows, also where they differ throughout.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from .provenance import IntArray

Runs: TypeAlias = dict[tuple[int, ...], list[int]]

_RUN = 4
"""So many ids in a row have to agree before two rows count as being at the same place again."""


class Difference(NamedTuple):
    """Half-open stretches of tokens that stand in place of each other; one of them may be empty."""

    example: tuple[int, int]
    rendering: tuple[int, int]

    def as_json(self) -> dict[str, list[int]]:
        """The stretch as the API writes it."""
        return {"example": list(self.example), "rendering": list(self.rendering)}


def differences(example: IntArray, rendering: IntArray) -> tuple[Difference, ...]:
    """Every stretch in which the ids differ, in order; none where they are equal.

    >>> differences([1, 2, 3, 9, 4], [1, 2, 3, 4])
    (Difference(example=(3, 4), rendering=(3, 3)),)
    """
    head = _shared(example, rendering)
    tail = _shared(example[head:][::-1], rendering[head:][::-1])
    ours, theirs = example[head : len(example) - tail], rendering[head : len(rendering) - tail]
    return tuple(
        Difference((a + head, b + head), (c + head, d + head)) for (a, b), (c, d) in _walk(ours, theirs)
    )


def uncut(found: tuple[Difference, ...], length: int) -> tuple[Difference, ...]:
    """Without what truncation took off an end of an example of this length."""
    return tuple(
        stretch
        for stretch in found
        if stretch.example[0] < stretch.example[1] or stretch.example[0] not in (0, length)
    )


def sentence(found: Sequence[Difference]) -> str:
    """What the differences mean for whoever trains on the example."""
    if not found:
        return "The framework trains on the chat template's rendering."
    (start, end), (other_start, other_end) = found[0]
    count = "one stretch differs" if len(found) == 1 else f"{len(found)} stretches differ, the first"
    return (
        "The framework trains on other tokens than inference will see: against the chat template's "
        f"rendering {count} at token {start} ({_tokens(end - start)} here, "
        f"{_tokens(other_end - other_start)} there)."
    )


def _tokens(count: int) -> str:
    return "1 token" if count == 1 else f"{count} tokens"


def _shared(first: IntArray, second: IntArray) -> int:
    """How many ids two rows begin with in common; a row that parts early costs little."""
    least = min(len(first), len(second))
    position, size = 0, 64
    while position < least:
        end = min(position + size, least)
        parted = np.flatnonzero(first[position:end] != second[position:end])
        if len(parted):
            return position + int(parted[0])
        position, size = end, size * 2
    return least


def _walk(ours: IntArray, theirs: IntArray) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    if not len(ours) and not len(theirs):
        return []
    runs = _runs(theirs.tolist())
    row = ours.tolist()
    found = []
    here = there = 0
    while here < len(ours) or there < len(theirs):
        next_here, next_there = _meeting(row, runs, here, there, len(theirs))
        found.append(((here, next_here), (there, next_there)))
        same = _shared(ours[next_here:], theirs[next_there:])
        here, there = next_here + same, next_there + same
    return found


def _runs(ids: list[int]) -> Runs:
    """Where each run of `_RUN` ids begins, ascending."""
    runs: Runs = {}
    for position, run in enumerate(zip(*(ids[offset:] for offset in range(_RUN)), strict=False)):
        runs.setdefault(run, []).append(position)
    return runs


def _meeting(row: list[int], runs: Runs, here: int, there: int, end: int) -> tuple[int, int]:
    """The nearest two places from `here` and `there` on at which a shared run begins, or both ends."""
    best, nearest = (len(row), end), len(row) - here + end - there
    for place in range(here, len(row) - _RUN + 1):
        if place - here >= nearest:
            break
        starts = runs.get(tuple(row[place : place + _RUN]), ())
        later = bisect_left(starts, there)
        if later < len(starts) and (away := place - here + starts[later] - there) < nearest:
            best, nearest = (place, starts[later]), away
    return best
