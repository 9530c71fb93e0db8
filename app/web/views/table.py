"""Rows of the table of tokens, for readers without scripts; the page's script pages and sorts its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.analysis import Analysis, ExampleAnalysis
from ...core.example import MASKED
from ...core.parts import PARTS
from .columns import STATE_NAMES, StateColumn, fraction

PAGE_ROWS = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One token."""

    position: int
    id: int
    label: str
    state: str
    part: str
    turn: str
    coefficient: str
    reason: str
    losses: tuple[str, ...] = ()
    """Loss, probability, rank, contribution; empty where no losses are known."""


def table_rows(
    analysis: Analysis, analysed: ExampleAnalysis, states: StateColumn, start: int, end: int
) -> tuple[Row, ...]:
    """The tokens from `start` to `end`, at most `PAGE_ROWS`."""
    last = min(end, start + PAGE_ROWS)
    return tuple(_row(position, analysis, analysed, states) for position in range(start, last))


def _row(position: int, analysis: Analysis, analysed: ExampleAnalysis, states: StateColumn) -> Row:
    example = analysed.example
    label, message = int(example.labels[position]), int(analysed.messages[position])
    return Row(
        position=position,
        id=int(example.tokens.ids[position]),
        label="-100" if label == MASKED else str(label),
        state=STATE_NAMES[int(states[position])],
        part=PARTS[int(analysed.parts[position])].replace("_", " "),
        turn="" if message < 0 else str(message + 1),
        coefficient=_coefficient(analysed, position),
        reason=_reason(analysis, int(example.reasons[position])),
        losses=_losses(analysed, position),
    )


def _coefficient(analysed: ExampleAnalysis, position: int) -> str:
    """Empty for a masked token; a label that no prediction uses weighs nothing."""
    if not analysed.example.used[position]:
        return "" if analysed.example.labels[position] == MASKED else "0"
    value = float(analysed.coefficients[position])
    return "unknown" if np.isnan(value) else fraction(value) or "0"


def _losses(analysed: ExampleAnalysis, position: int) -> tuple[str, ...]:
    losses = analysed.losses
    if losses is None:
        return ()
    loss = float(losses.cross_entropy[position])
    product = float(analysed.contributions[position])
    rank = -1 if losses.ranks is None else int(losses.ranks[position])
    return (
        number(loss),
        number(float(np.exp(-loss))),
        "" if rank < 0 else f"{rank + 1:,}",
        number(product) if analysed.example.used[position] else "",
    )


def number(value: float) -> str:
    """Four digits at most; empty where it is not known.

    >>> number(2.302585), number(float("nan"))
    ('2.303', '')
    """
    return "" if np.isnan(value) else f"{value:.4g}"


def _reason(analysis: Analysis, index: int) -> str:
    """The sentence without its first word, which the state's column says."""
    if not 0 <= index < len(analysis.reason_table):
        return ""
    return analysis.reason_table[index].sentence.removeprefix("Trained: ").removeprefix("Masked: ")
