"""Rows of the table of tokens, for readers without scripts; the page's script pages and sorts its own."""

from __future__ import annotations

from dataclasses import dataclass

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
    share: str
    reason: str


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
        share=fraction(float(analysed.contributions[position])),
        reason=_reason(analysis, int(example.reasons[position])),
    )


def _reason(analysis: Analysis, index: int) -> str:
    """The sentence without its first word, which the state's column says."""
    if not 0 <= index < len(analysis.reason_table):
        return ""
    return analysis.reason_table[index].sentence.removeprefix("Trained: ").removeprefix("Masked: ")
