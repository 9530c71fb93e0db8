"""The answer to a batch, and its JSON, which is the contract of `POST /api/batches`. Nothing here decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from ..analysis import Finding, Outcome, StrategyInfo, TokenizerInfo
from ..contributions import ReductionInfo
from ..example import MASKED, FloatArray
from ..losses import known
from ..provenance import IntArray
from .layout import BatchSequence, Layout, MicroBatch, Placed
from .request import BatchShape
from .shares import Shares


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One conversation: what the framework does with it, and its first step, counted from 0.

    `used` are the labels in the batch that a prediction uses; what packing cuts off is none of them.
    """

    row: int
    outcome: Outcome
    tokens: int
    trained: int
    used: int
    step: int | None

    def as_json(self) -> dict[str, Any]:
        """The row as the API writes it."""
        return {**asdict(self), "outcome": asdict(self.outcome)}


class SequenceColumns(NamedTuple):
    """The tokens of a sequence, where they were asked for; coefficients under each reduction."""

    input_ids: IntArray
    labels: IntArray
    coefficients: tuple[FloatArray, ...]

    def as_json(self) -> dict[str, Any]:
        """The columns as the API writes them."""
        return {
            "input_ids": self.input_ids.tolist(),
            "labels": self.labels.tolist(),
            "coefficients": [known(column) for column in self.coefficients],
        }


class DocumentPlace(NamedTuple):
    """A stretch of a conversation's example in a sequence, at token `at` there."""

    row: int
    example: int
    start: int
    stop: int
    at: int
    cut: bool
    """Whether it is not the whole example."""


@dataclass(frozen=True, slots=True)
class SequencePlan:
    """One sequence: its tokens, the padding after them, and the documents in it."""

    length: int
    padding: int
    used: int
    documents: tuple[DocumentPlace, ...]
    columns: SequenceColumns | None = None

    def as_json(self) -> dict[str, Any]:
        """The sequence as the API writes it."""
        plain: dict[str, Any] = {
            "length": self.length,
            "padding": self.padding,
            "trained": self.used,
            "documents": [document._asdict() for document in self.documents],
        }
        return plain if self.columns is None else {**plain, **self.columns.as_json()}


@dataclass(frozen=True, slots=True)
class MicroBatchPlan:
    """What one rank computes at once."""

    step: int
    rank: int
    accumulation: int
    sequences: tuple[SequencePlan, ...]

    @property
    def used(self) -> int:
        """Labels that a prediction uses."""
        return sum(sequence.used for sequence in self.sequences)

    def as_json(self) -> dict[str, Any]:
        """The micro-batch as the API writes it, inside its step."""
        return {
            "rank": self.rank,
            "accumulation": self.accumulation,
            "trained": self.used,
            "sequences": [sequence.as_json() for sequence in self.sequences],
        }


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything that is known about one batch; `reductions` are the chosen one and the one beside it."""

    tokenizer: TokenizerInfo
    strategy: StrategyInfo
    today: date
    shape: BatchShape
    reductions: tuple[ReductionInfo, ReductionInfo]
    rows: tuple[BatchRow, ...]
    micro_batches: tuple[MicroBatchPlan, ...]
    shares: Shares
    notable: tuple[str, ...]
    findings: tuple[Finding, ...]
    statistics: Mapping[str, Any]
    versions: Mapping[str, str]

    def steps(self) -> list[list[MicroBatchPlan]]:
        """The micro-batches of each optimizer step."""
        count = self.micro_batches[-1].step + 1 if self.micro_batches else 0
        found: list[list[MicroBatchPlan]] = [[] for _ in range(count)]
        for batch in self.micro_batches:
            found[batch.step].append(batch)
        return found

    def as_json(self) -> dict[str, Any]:
        """The answer of `POST /api/batches`."""
        return {
            "tokenizer": {**asdict(self.tokenizer), "special_tokens": dict(self.tokenizer.special_tokens)},
            "strategy": {**asdict(self.strategy), "options": dict(self.strategy.options)},
            "today": self.today.isoformat(),
            "batch": asdict(self.shape),
            "reductions": [reduction.as_json() for reduction in self.reductions],
            "rows": [row.as_json() for row in self.rows],
            "steps": [_step_json(step, batches) for step, batches in enumerate(self.steps())],
            "shares": self.shares.as_json(),
            "notable": list(self.notable),
            "findings": [asdict(finding) for finding in self.findings],
            "statistics": dict(self.statistics),
            "versions": dict(self.versions),
        }


def _step_json(step: int, batches: Sequence[MicroBatchPlan]) -> dict[str, Any]:
    return {
        "step": step,
        "trained": sum(batch.used for batch in batches),
        "micro_batches": [batch.as_json() for batch in batches],
    }


def plans(
    layout: Layout, shape: BatchShape, weighed: Sequence[Sequence[FloatArray]], *, columns: bool
) -> tuple[MicroBatchPlan, ...]:
    """The layout as the answer tells it, with every token's columns where they are asked for."""
    return tuple(_plan(layout, shape, batch, weighed if columns else None) for batch in layout.micro_batches)


def _plan(
    layout: Layout, shape: BatchShape, batch: MicroBatch, weighed: Sequence[Sequence[FloatArray]] | None
) -> MicroBatchPlan:
    lengths = [len(layout.sequences[index]) for index in batch.sequences]
    width = max(lengths, default=0) if shape.is_padded else None
    sequences = tuple(
        _sequence(
            layout,
            layout.sequences[index],
            0 if width is None else width - length,
            None if weighed is None else tuple(columns[index] for columns in weighed),
        )
        for index, length in zip(batch.sequences, lengths, strict=True)
    )
    return MicroBatchPlan(batch.step, batch.rank, batch.accumulation, sequences)


def _sequence(
    layout: Layout, sequence: BatchSequence, padding: int, coefficients: tuple[FloatArray, ...] | None
) -> SequencePlan:
    columns = None
    if coefficients is not None:
        ids = [
            layout.documents[place.document].example.tokens.ids[place.start : place.stop]
            for place in sequence.places
        ]
        joined = np.concatenate(ids) if ids else np.zeros(0, dtype=np.int32)
        labels = np.where(sequence.used, sequence.labels, MASKED).astype(np.int32)
        columns = SequenceColumns(joined, labels, coefficients)
    used = int(np.count_nonzero(sequence.used))
    places = tuple(_document(layout, place) for place in sequence.places)
    return SequencePlan(len(sequence), padding, used, places, columns)


def _document(layout: Layout, place: Placed) -> DocumentPlace:
    document = layout.documents[place.document]
    return DocumentPlace(document.row, document.index, place.start, place.stop, place.at, place.is_cut)
