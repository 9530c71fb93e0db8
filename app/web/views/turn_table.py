"""Which parts of every turn train: one row per turn, one column per kind of part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.analysis import ExampleAnalysis
from ...core.example import MASKED
from ...core.matrix import Verdict, trained_of
from ...core.parts import PART_ID, PARTS, Part
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
class TurnRow:
    """One turn; `cells` stand in the order of `COLUMNS`, `absent` where it has no such token."""

    turn: TurnView
    cells: tuple[Verdict, ...]


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
    rows = []
    for turn in own[:MOST_ROWS]:
        drawn = slice(turn.start, turn.end)
        there = np.bincount(analysed.parts[drawn], minlength=len(PARTS))
        trained = np.bincount(analysed.parts[drawn][labelled[drawn]], minlength=len(PARTS))
        ids = [PART_ID[part] for part, _ in COLUMNS]
        rows.append(TurnRow(turn, tuple(trained_of(int(there[i]), int(trained[i])) for i in ids)))
    return TurnTable(tuple(rows), len(own))
