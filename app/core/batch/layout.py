"""Where each token of a batch goes: documents into sequences, sequences into micro-batches and steps.

Sequences are dealt in order, as the frameworks' samplers do without shuffling: micro-batch k holds
the sequences from k·b on, its rank is k modulo the ranks, its accumulation step k divided by them.
A last step that is not full is divided by the accumulation steps it has, as in transformers.
Not covered: shuffling, and the rows that accelerate repeats so that every rank has some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..contributions import Step
from ..example import MASKED, Columns, Example, FloatArray
from ..provenance import IntArray
from .packing import Pack, Piece, gather, pack, unused, whole
from .request import BatchShape


@dataclass(frozen=True)
class Document:
    """One example of one row, with what is known of its tokens."""

    row: int
    index: int
    """Which of the row's examples, from 0."""
    example: Example
    columns: Columns

    def __len__(self) -> int:
        return len(self.example.tokens)


class Placed(NamedTuple):
    """A stretch of a document in a sequence: tokens `start` to `stop` of it, at token `at` there."""

    document: int
    start: int
    stop: int
    at: int
    is_cut: bool
    """Whether it is not the whole document."""


@dataclass(frozen=True)
class BatchSequence:
    """One row of a micro-batch as the model gets it, without padding; a `Labelled` of the reductions."""

    places: tuple[Placed, ...]
    labels: IntArray
    weights: FloatArray
    used: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)


class MicroBatch(NamedTuple):
    """Sequences by index, on one rank in one accumulation step."""

    step: int
    rank: int
    accumulation: int
    sequences: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """All sequences, and the micro-batches that they are dealt into, in order."""

    documents: tuple[Document, ...]
    sequences: tuple[BatchSequence, ...]
    micro_batches: tuple[MicroBatch, ...]
    ranks: int

    @cached_property
    def steps(self) -> list[Step]:
        """The optimizer steps over sequences, for the reductions."""
        count = self.micro_batches[-1].step + 1 if self.micro_batches else 0
        found = [[batch for batch in self.micro_batches if batch.step == step] for step in range(count)]
        return [
            Step(tuple(batch.sequences for batch in batches), batches[-1].accumulation + 1, self.ranks)
            for batches in found
        ]


def lay_out(documents: Sequence[Document], shape: BatchShape, packing_length: int) -> Layout:
    """Pack, deal and label the documents, in order.

    Raises:
        OptionError: as `pack` does.
    """
    groups = _groups(documents, shape, packing_length)
    sequences = tuple(_sequence(documents, pieces, shape) for pieces in groups)
    size = 1 if _flattens(shape) else shape.micro_batch_size
    batches = _dealt(len(sequences), size, shape.gradient_accumulation_steps, shape.ranks)
    return Layout(tuple(documents), sequences, batches, shape.ranks)


def _flattens(shape: BatchShape) -> bool:
    """Whether the rows of a micro-batch are laid end to end as one sequence."""
    return shape.padding_free and shape.packing is None


def _groups(documents: Sequence[Document], shape: BatchShape, packing_length: int) -> list[Pack]:
    """The pieces of each sequence."""
    if shape.packing is not None:
        return pack(documents, shape.packing, packing_length)
    if not _flattens(shape):
        return [(Piece(index, 0, len(document)),) for index, document in enumerate(documents)]
    size = shape.micro_batch_size
    return [
        tuple(piece._replace(row=piece.row + first) for piece in whole(documents[first : first + size]))
        for first in range(0, len(documents), size)
    ]


def _sequence(documents: Sequence[Document], pieces: Pack, shape: BatchShape) -> BatchSequence:
    labels = [documents[piece.row].example.labels for piece in pieces]
    weights = [documents[piece.row].example.weights for piece in pieces]
    here: Pack = tuple(piece._replace(row=index) for index, piece in enumerate(pieces))
    joined = gather(here, labels) if here else np.zeros(0, dtype=np.int32)
    used = (joined != MASKED) & ~unused(here, shape.packing)
    weighing = gather(here, weights) if here else np.zeros(0)
    return BatchSequence(tuple(_places(documents, pieces)), joined, weighing, used)


def _places(documents: Sequence[Document], pieces: Pack) -> list[Placed]:
    at, places = 0, []
    for row, start, stop in pieces:
        places.append(Placed(row, start, stop, at, stop - start < len(documents[row])))
        at += stop - start
    return places


def _dealt(count: int, size: int, accumulation: int, ranks: int) -> tuple[MicroBatch, ...]:
    per_step = accumulation * ranks
    batches = []
    for number, first in enumerate(range(0, count, size)):
        step, within = divmod(number, per_step)
        sequences = tuple(range(first, min(first + size, count)))
        batches.append(MicroBatch(step, within % ranks, within // ranks, sequences))
    return tuple(batches)
