"""Every masking rule at a glance: one row per rule over one conversation, made of finished analyses.

A row's strip is laid over the tokens of the chat template's rendering, whatever the rule feeds:
equal stretches of ids lie on each other, a stretch that stands in place of another is scaled
to it, and what a rule adds has no width and is listed as an insertion. Nothing here analyses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from .analysis import Analysis, ExampleAnalysis, Outcome
from .conversation import Conversation
from .difference import Difference, differences
from .example import MASKED
from .parts import PART_ID, Part
from .provenance import NO_MESSAGE

Aspect: TypeAlias = Literal["header", "end_of_turn", "newline", "thinking", "tool_call", "history"]
Verdict: TypeAlias = Literal["yes", "no", "partly", "absent"]
StripState: TypeAlias = Literal["absent", "masked", "trained"]

ASPECTS: tuple[Aspect, ...] = get_args(Aspect)
_STATES: tuple[StripState, ...] = get_args(StripState)
_ABSENT, _MASKED, _TRAINED = range(3)
_PART_OF: dict[Aspect, Part] = {
    "header": "header",
    "end_of_turn": "end_of_turn",
    "newline": "separator",
    "thinking": "thinking",
    "tool_call": "tool_call",
}
_SAID = (PART_ID["content"], PART_ID["tool_call"])

Column: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class StripRun:
    """Neighbouring tokens of the rendering in one state; `absent` ones are not in the rule's row."""

    start: int
    end: int
    state: StripState


@dataclass(frozen=True, slots=True)
class Insertion:
    """Tokens that a rule feeds before token `at` of the rendering, which has none in their place."""

    at: int
    tokens: int
    trained: int


@dataclass(frozen=True, slots=True)
class TurnSpan:
    """Tokens of the rendering that are in one message's turn."""

    message: int
    role: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One masking rule. `aspects` tell of the assistant's turns; all are absent where it refused.

    `unused` are those of the trained whose label no prediction uses, such as the first token's.
    `remark` says which option was not left at its default, and why.
    """

    strategy: str
    framework: str
    version: str
    outcome: Outcome
    tokens: int
    trained: int
    aspects: dict[Aspect, Verdict]
    runs: tuple[StripRun, ...]
    insertions: tuple[Insertion, ...]
    notice: str | None = None
    unused: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    remark: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The row as the API writes it; a run is `[start, end, state]`."""
        row = asdict(self)
        row["options"] = dict(self.options)
        row["runs"] = [[run.start, run.end, run.state] for run in self.runs]
        row["insertions"] = list(row["insertions"])
        return row


@dataclass(frozen=True, slots=True)
class MissingRow:
    """A masking rule that was not worked out, and why; what its framework would do is not known."""

    strategy: str
    framework: str
    version: str
    reason: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows over a strip of `tokens` tokens, with the turns that it is made of."""

    tokens: int
    turns: tuple[TurnSpan, ...]
    rows: tuple[MatrixRow, ...]
    missing: tuple[MissingRow, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The matrix as the API writes it."""
        return {
            "tokens": self.tokens,
            "turns": [asdict(turn) for turn in self.turns],
            "rows": [row.as_json() for row in self.rows],
            "missing": [asdict(row) for row in self.missing],
        }


def matrix(conversation: Conversation, rendering: ExampleAnalysis, analyses: Iterable[Analysis]) -> Matrix:
    """One row per analysis of the conversation, in order.

    `rendering` is the whole conversation under the tokenizer's own template, such as the
    example that `full` gives without truncation.
    """
    rows = tuple(_row(conversation, rendering, analysis) for analysis in analyses)
    return Matrix(len(rendering.example.tokens), _turns(conversation, rendering), rows)


def _turns(conversation: Conversation, rendering: ExampleAnalysis) -> tuple[TurnSpan, ...]:
    messages = rendering.messages
    return tuple(
        TurnSpan(int(messages[start]), conversation.role(int(messages[start])), start, end)
        for start, end in _stretches(messages)
        if messages[start] != NO_MESSAGE
    )


def _row(conversation: Conversation, rendering: ExampleAnalysis, analysis: Analysis) -> MatrixRow:
    examples = analysis.examples
    laid = [_laid(example, rendering) for example in examples]
    strip = np.zeros(len(rendering.example.tokens), dtype=np.uint8)
    for states, _ in laid:
        # What any of several examples trains is trained.
        strip = np.maximum(strip, states)
    return MatrixRow(
        strategy=analysis.strategy.name,
        framework=analysis.strategy.framework,
        version=analysis.strategy.version,
        outcome=analysis.outcome,
        tokens=sum(len(example.example.tokens) for example in examples),
        trained=sum(int(_trained(example).sum()) for example in examples),
        aspects=_aspects(conversation, examples),
        runs=tuple(StripRun(start, end, _STATES[strip[start]]) for start, end in _stretches(strip)),
        insertions=tuple(insertion for _, insertions in laid for insertion in insertions),
        notice=next((example.notice for example in examples if example.notice), None),
        unused=sum(int((_trained(example) & ~example.example.used).sum()) for example in examples),
        options=analysis.strategy.options,
    )


def _trained(example: ExampleAnalysis) -> NDArray[np.bool_]:
    trained: NDArray[np.bool_] = example.example.labels != MASKED
    return trained


def _laid(example: ExampleAnalysis, rendering: ExampleAnalysis) -> tuple[Column, list[Insertion]]:
    """The state of every token of the rendering, and what has no place there."""
    states = np.where(_trained(example), _TRAINED, _MASKED).astype(np.uint8)
    length = len(rendering.example.tokens)
    strip = np.full(length, _ABSENT, dtype=np.uint8)
    insertions: list[Insertion] = []
    end = Difference((len(states), len(states)), (length, length))
    here = there = 0
    for stretch in (*differences(example.example.tokens.ids, rendering.example.tokens.ids), end):
        (start, stop), (other, other_stop) = stretch.example, stretch.rendering
        strip[there:other] = states[here:start]
        if other < other_stop and start < stop:
            places = start + np.arange(other_stop - other) * (stop - start) // (other_stop - other)
            strip[other:other_stop] = states[places]
        elif start < stop:
            trained = int(np.count_nonzero(states[start:stop] == _TRAINED))
            insertions.append(Insertion(other, stop - start, trained))
        here, there = stop, other_stop
    return strip, insertions


def _stretches(column: NDArray[Any]) -> list[tuple[int, int]]:
    """Half-open stretches of equal neighbours."""
    if not len(column):
        return []
    edges = [0, *(np.flatnonzero(column[1:] != column[:-1]) + 1).tolist(), len(column)]
    return list(pairwise(edges))


def _aspects(conversation: Conversation, examples: Sequence[ExampleAnalysis]) -> dict[Aspect, Verdict]:
    """What is trained of the assistant's turns, over all examples."""
    replies = [
        index for index in range(len(conversation.messages)) if conversation.role(index) == "assistant"
    ]
    counts = dict.fromkeys(ASPECTS, (0, 0))
    for example in examples:
        trained = _trained(example)
        for aspect, where in _places(example, replies).items():
            there, of_those = counts[aspect]
            counts[aspect] = (there + int(where.sum()), of_those + int((where & trained).sum()))
    return {aspect: trained_of(*count) for aspect, count in counts.items()}


def _places(example: ExampleAnalysis, replies: Sequence[int]) -> dict[Aspect, NDArray[np.bool_]]:
    spoken = np.isin(example.messages, replies)
    places = {aspect: spoken & (example.parts == PART_ID[part]) for aspect, part in _PART_OF.items()}
    earlier = np.isin(example.messages, replies[:-1])
    return {**places, "history": earlier & np.isin(example.parts, _SAID)}


def trained_of(there: int, trained: int) -> Verdict:
    """Whether so many tokens of one kind train: all, none, some, or there are none.

    >>> trained_of(3, 3), trained_of(3, 1), trained_of(0, 0)
    ('yes', 'partly', 'absent')
    """
    if not there:
        return "absent"
    if not trained:
        return "no"
    return "yes" if trained == there else "partly"
