"""What share of the loss each conversation, turn, role and part of a batch has, under two reductions.

A share is of the sum of coefficients of the token's own step, so that it is what a loss would be
made of if every token's cross-entropy were the same. Over several steps it is the mean: of those that
a conversation or a turn is in, and for roles and parts of all. A step that trains nothing is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..conversation import Conversation
from ..example import MASKED, FloatArray
from ..parts import PARTS
from ..provenance import NO_MESSAGE, IntArray
from .layout import Layout

IndexArray = NDArray[np.int64]


class Share(NamedTuple):
    """A group of tokens: how many are in the batch, how many of them train, its share under each reduction.

    `key` names the group. A share is NaN where only a model's probabilities could tell it.
    """

    key: dict[str, Any]
    tokens: int
    trained: int
    shares: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """The group as the API writes it."""
        shares = [None if np.isnan(share) else share for share in self.shares]
        return {**self.key, "tokens": self.tokens, "trained": self.trained, "shares": shares}


class Shares(NamedTuple):
    """Every way to divide the batch."""

    conversations: tuple[Share, ...]
    turns: tuple[Share, ...]
    roles: tuple[Share, ...]
    parts: tuple[Share, ...]

    def as_json(self) -> dict[str, Any]:
        """The shares as the API writes them."""
        return {name: [share.as_json() for share in group] for name, group in self._asdict().items()}


@dataclass(frozen=True)
class Runs:
    """Neighbouring tokens of one conversation, turn and part, as columns of one length m."""

    rows: IndexArray
    steps: IndexArray
    messages: IndexArray
    parts: IndexArray
    tokens: IndexArray
    trained: IndexArray
    shares: tuple[FloatArray, ...]
    """Of the run's step, under each reduction."""
    live: NDArray[np.bool_]
    """(steps,) where a step trains something."""


def shares(layout: Layout, weighed: Sequence[Sequence[FloatArray]], rows: Sequence[Conversation]) -> Shares:
    """The shares of groups; `weighed` are the coefficients of each sequence, under each reduction."""
    runs = _runs(layout, weighed)
    messages = np.cumsum([0, *(len(row.messages) for row in rows)])
    inside = runs.messages != NO_MESSAGE
    turns = np.where(inside, messages[runs.rows] + runs.messages, -1)
    of_turn = [(row, message) for row, conversation in enumerate(rows) for message in _messages(conversation)]
    roles = sorted({rows[row].role(message) for row, message in of_turn})
    number = {role: index for index, role in enumerate(roles)}
    role_of = np.array([number[rows[row].role(message)] for row, message in of_turn] + [len(roles)])
    return Shares(
        _grouped(runs, runs.rows, [{"row": row} for row in range(len(rows))]),
        _grouped(runs, turns, [_turn_key(rows, row, message) for row, message in of_turn]),
        _there(_grouped(runs, role_of[turns], [{"role": role} for role in (*roles, None)], is_of_all=True)),
        _there(_grouped(runs, runs.parts, [{"part": part} for part in PARTS], is_of_all=True)),
    )


def _messages(conversation: Conversation) -> range:
    return range(len(conversation.messages))


def _turn_key(rows: Sequence[Conversation], row: int, message: int) -> dict[str, Any]:
    return {"row": row, "message": message, "role": rows[row].role(message)}


def _runs(layout: Layout, weighed: Sequence[Sequence[FloatArray]]) -> Runs:
    places = [place for sequence in layout.sequences for place in sequence.places]
    documents = [layout.documents[place.document] for place in places]
    kept = list(zip(documents, places, strict=True))
    messages = _joined([document.columns.messages[at.start : at.stop] for document, at in kept], np.int32)
    parts = _joined([document.columns.parts[at.start : at.stop] for document, at in kept], np.uint8)
    sizes = np.array([place.stop - place.start for place in places], dtype=np.int64)
    first = np.cumsum(sizes) - sizes
    starts = _starts(messages, parts, first)
    of_place = first.searchsorted(starts, side="right") - 1
    steps = _steps_of_places(layout)[of_place]
    labelled = _joined([sequence.labels != MASKED for sequence in layout.sequences], np.bool_)
    return Runs(
        rows=np.array([document.row for document in documents], dtype=np.int64)[of_place],
        steps=steps,
        messages=messages[starts].astype(np.int64),
        parts=parts[starts].astype(np.int64),
        tokens=np.diff(starts, append=len(messages)),
        trained=_summed(labelled.astype(np.int64), starts),
        shares=tuple(_of_step(_summed(_joined(column, np.float64), starts), steps) for column in weighed),
        live=np.array(
            [any(layout.sequences[index].used.any() for index in step.rows) for step in layout.steps],
            np.bool_,
        ),
    )


def _starts(messages: IntArray, parts: NDArray[np.uint8], first: IndexArray) -> IndexArray:
    """The first token of each run; `first` are those of the documents' stretches."""
    changes = np.ones(len(messages), dtype=np.bool_)
    changes[1:] = (messages[1:] != messages[:-1]) | (parts[1:] != parts[:-1])
    # Rows without tokens at the end begin where all tokens end.
    changes[first[first < len(messages)]] = True
    return np.flatnonzero(changes)


def _steps_of_places(layout: Layout) -> IndexArray:
    """(places,) the step that each stretch of a document is in."""
    steps = np.zeros(len(layout.sequences), dtype=np.int64)
    for batch in layout.micro_batches:
        steps[list(batch.sequences)] = batch.step
    return np.repeat(steps, [len(sequence.places) for sequence in layout.sequences])


def _joined(arrays: Sequence[NDArray[Any]], kind: Any) -> NDArray[Any]:
    """The arrays end to end; an empty one of this kind where there are none."""
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=kind)


def _summed(column: NDArray[Any], starts: IndexArray) -> NDArray[Any]:
    """The sum over each run."""
    return np.add.reduceat(column, starts) if len(starts) else column[:0]


def _of_step(coefficients: FloatArray, steps: IndexArray) -> FloatArray:
    """Each sum of coefficients over that of its step."""
    of_run = np.bincount(steps, weights=coefficients)[steps] if len(steps) else np.zeros(0)
    found: FloatArray = np.divide(coefficients, of_run, out=np.zeros_like(coefficients), where=of_run != 0)
    return found


def _grouped(
    runs: Runs, groups: IndexArray, keys: Sequence[dict[str, Any]], *, is_of_all: bool = False
) -> tuple[Share, ...]:
    """One share per key, of the steps that it is in or of all; group -1 is left out."""
    inside, count = groups >= 0, len(keys)
    index = groups[inside]
    steps = int(runs.live.sum()) or 1 if is_of_all else _steps_of(runs, index, inside, count)
    tokens, trained, *sums = (
        np.bincount(index, weights=column[inside], minlength=count)
        for column in (runs.tokens, runs.trained, *runs.shares)
    )
    means = [column / steps for column in sums]
    return tuple(
        Share(key, int(tokens[place]), int(trained[place]), tuple(float(mean[place]) for mean in means))
        for place, key in enumerate(keys)
    )


def _steps_of(runs: Runs, index: IndexArray, inside: NDArray[np.bool_], count: int) -> IndexArray:
    """(keys,) in how many live steps each group is, at least 1."""
    most = max(len(runs.live), 1)
    pairs = np.unique(index * most + runs.steps[inside])
    live = pairs[runs.live[pairs % most]] if len(pairs) else pairs
    return np.maximum(np.bincount(live // most, minlength=count), 1)


def _there(groups: tuple[Share, ...]) -> tuple[Share, ...]:
    """Those that have tokens."""
    return tuple(group for group in groups if group.tokens)
