"""Which parts of every turn train: one row per turn, one column per kind of part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.analysis import ExampleAnalysis
from ...core.example import MASKED
from ...core.matrix import Verdict, trained_of
from ...core.parts import PART_ID, Part
from .turns import TurnView

MOST_ROWS = 500

COLUMNS: tuple[tuple[Part, str], ...] = (
    ("header", "header"),
    ("content", "content"),
    ("thinking", "thinking"),
    ("tool_call", "tool call"),
    ("end_of_turn", "end of turn"),
    ("separator", "newline"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Whether one kind of part trains; `first` is its first token, or where its mask first changes.

    None where the turn has no such part.
    """

    verdict: Verdict
    first: int | None


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One turn; `cells` stand in the order of `COLUMNS`."""

    turn: TurnView
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class TurnTable:
    """The first `MOST_ROWS` turns of those drawn, and how many there are."""

    rows: tuple[TurnRow, ...]
    total: int

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(title for _, title in COLUMNS)


def turn_table(analysed: ExampleAnalysis, turns: Sequence[TurnView]) -> TurnTable:
    """The turns of messages among those drawn; what stands outside messages has no row."""
    own = [turn for turn in turns if turn.message is not None]
    labelled = analysed.example.labels != MASKED
    rows = tuple(_row(turn, analysed.parts, labelled) for turn in own[:MOST_ROWS])
    return TurnTable(rows, len(own))


def _row(turn: TurnView, parts: NDArray[np.uint8], labelled: NDArray[np.bool_]) -> TurnRow:
    drawn = slice(turn.start, turn.end)
    cells = [_cell(parts[drawn] == PART_ID[part], labelled[drawn], turn.start) for part, _ in COLUMNS]
    return TurnRow(turn, tuple(cells))


def _cell(own: NDArray[np.bool_], labelled: NDArray[np.bool_], start: int) -> Cell:
    positions, trained = np.flatnonzero(own), labelled[own]
    verdict = trained_of(len(positions), int(trained.sum()))
    if verdict == "absent":
        return Cell(verdict, None)
    changes = np.flatnonzero(trained != trained[0])
    return Cell(verdict, start + int(positions[changes[0] if len(changes) else 0]))
