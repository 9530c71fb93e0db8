"""A result without its words: whose turn, which part, trained or masked, and how many tokens.

Ids, text, template, arguments and digest are not in it, since an id gives the text away and a
digest confirms a guess. Roles, counts and the runs of labels are what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from ..example import MASKED
from ..parts import PARTS, Part

if TYPE_CHECKING:
    from ..analysis import Analysis

TokenState: TypeAlias = Literal["masked", "trained", "unused"]
STATES: tuple[TokenState, ...] = ("masked", "trained", "unused")


class Run(NamedTuple):
    """Neighbouring tokens that are alike; `message` -1 is no message's turn."""

    message: int
    part: Part
    state: TokenState
    tokens: int


class Structure(NamedTuple):
    """The roles of the messages, and the runs of every example."""

    roles: tuple[str, ...]
    examples: tuple[tuple[Run, ...], ...]

    def as_json(self) -> dict[str, Any]:
        """`{"roles": […], "examples": [[[message, part, state, tokens], …]]}`."""
        return {"roles": list(self.roles), "examples": [[list(run) for run in row] for row in self.examples]}


def structure_of(analysis: Analysis, roles: tuple[str, ...]) -> Structure:
    """What is left of an analysis when its words are taken out."""
    return Structure(roles, tuple(_runs(analysis, number) for number in range(len(analysis.examples))))


def _runs(analysis: Analysis, number: int) -> tuple[Run, ...]:
    one = analysis.examples[number]
    states = np.where(one.example.used, 1, np.where(one.example.labels != MASKED, 2, 0))
    columns = np.stack([one.messages, one.parts.astype(np.int32), states.astype(np.int32)], axis=1)
    if not len(columns):
        return ()
    starts = [0, *(np.flatnonzero((columns[1:] != columns[:-1]).any(axis=1)) + 1).tolist()]
    lengths = np.diff([*starts, len(columns)]).tolist()
    rows = columns[starts].tolist()
    return tuple(
        Run(message, PARTS[part], STATES[state], length)
        for (message, part, state), length in zip(rows, lengths, strict=True)
    )
