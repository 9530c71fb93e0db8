"""A batch for the page: sentences, each group's share of the loss as figures and bars, and the sequences.

Everything is of two reductions, A and B, side by side. A bar's full width is the largest share of
its group, which the group's head names, so that bars of many conversations stay long enough to see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.batch.answer import Batch, DocumentPlace, MicroBatchPlan, SequencePlan
from ...core.batch.shares import Share
from ...core.contributions import ReductionInfo
from .columns import count

MOST_BARS = 60
"""Rows of one group that are listed."""
MOST_SEQUENCES = 64
"""Sequences that are drawn."""
SHORTEST_NAMED = 5.0
"""Percent of the drawing's width from which on a document has its number written in."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One conversation, turn, role or part. Widths are percent of the group's largest share."""

    name: str
    tokens: int
    trained: int
    texts: tuple[str, str]
    widths: tuple[float, float]
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One way to divide the loss; `scale` is the share that a bar of full width stands for."""

    key: str
    title: str
    bars: tuple[Bar, ...]
    total: int
    scale: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document in a sequence; places are percent of the drawing's width."""

    x: float
    width: float
    name: str
    title: str
    even: bool
    unused: bool
    cut_before: bool
    cut_after: bool


@dataclass(frozen=True, slots=True)
class SequenceView:
    """One sequence as the model gets it."""

    documents: tuple[DocumentView, ...]
    padding_x: float
    padding_width: float
    sentence: str


@dataclass(frozen=True, slots=True)
class MicroBatchView:
    """What one rank computes at once."""

    title: str
    sequences: tuple[SequenceView, ...]


@dataclass(frozen=True, slots=True)
class BatchView:
    """The whole answer."""

    title: str
    sentences: tuple[str, ...]
    reductions: tuple[ReductionInfo, ReductionInfo]
    groups: tuple[Group, ...]
    micro_batches: tuple[MicroBatchView, ...]
    sequences: int
    longest: int
    steps: int

    @property
    def drawn(self) -> int:
        """Sequences that are drawn."""
        return sum(len(one.sequences) for one in self.micro_batches)


def batch_view(batch: Batch) -> BatchView:
    """The batch, ready to be drawn."""
    return BatchView(
        title=_title(batch),
        sentences=batch.notable,
        reductions=batch.reductions,
        groups=_groups(batch),
        micro_batches=_micro_batches(batch),
        sequences=sum(len(plan.sequences) for plan in batch.micro_batches),
        longest=_longest(batch.micro_batches),
        steps=len(batch.steps()),
    )


def _title(batch: Batch) -> str:
    rows = count(len(batch.rows), "conversation")
    steps = count(len(batch.steps()), "optimizer step")
    used = sum(row.used for row in batch.rows)
    return f"{rows} in {steps}, {count(used, 'token')} trained."


def _groups(batch: Batch) -> tuple[Group, ...]:
    rows = {row.row: row for row in batch.rows}
    steps = len(batch.steps())

    def conversation(key: Mapping[str, Any]) -> str:
        row = rows[key["row"]]
        if row.outcome.kind != "ok":
            return f"{row.row + 1}, {row.outcome.kind}"
        return f"{row.row + 1}" if steps < 2 or row.step is None else f"{row.row + 1}, step {row.step + 1}"

    def turn(key: Mapping[str, Any]) -> str:
        return f"{key['row'] + 1}, turn {key['message'] + 1} ({key['role']})"

    shares = batch.shares
    return (
        _group("conversations", "Conversations", shares.conversations, conversation),
        _group("roles", "Roles", shares.roles, lambda key: key["role"] or "outside turns"),
        _group("parts", "Parts", shares.parts, lambda key: str(key["part"]).replace("_", " ")),
        _group("turns", "Turns", shares.turns, turn),
    )


def _group(key: str, title: str, shares: Sequence[Share], name: Callable[[Mapping[str, Any]], str]) -> Group:
    known = [value for share in shares for value in share.shares if not np.isnan(value)]
    largest = max(known, default=0.0)
    bars = tuple(_bar(share, name(share.key), largest) for share in shares[:MOST_BARS])
    return Group(key, title, bars, len(shares), exact_percent(largest))


def _bar(share: Share, name: str, largest: float) -> Bar:
    first, second = share.shares[:2]
    return Bar(
        name=name,
        tokens=share.tokens,
        trained=share.trained,
        texts=(exact_percent(first), exact_percent(second)),
        widths=(_width(first, largest), _width(second, largest)),
        row=share.key.get("row"),
    )


def _width(share: float, largest: float) -> float:
    return 0.0 if np.isnan(share) or largest <= 0 else round(100 * share / largest, 2)


def exact_percent(share: float) -> str:
    """A share with enough digits to compare it with another.

    >>> exact_percent(0.9312), exact_percent(0.00042), exact_percent(1.0), exact_percent(float("nan"))
    ('93.1 %', '0.042 %', '100 %', 'unknown')
    """
    if np.isnan(share):
        return "unknown"
    percent = 100 * share
    if abs(percent - 100) < 1e-6:
        return "100 %"
    return f"{percent:.1f} %" if percent >= 10 else f"{percent:.2g} %"


def _longest(plans: Sequence[MicroBatchPlan]) -> int:
    widths = (one.length + one.padding for plan in plans for one in plan.sequences)
    return max(widths, default=0)


def _micro_batches(batch: Batch) -> tuple[MicroBatchView, ...]:
    longest = _longest(batch.micro_batches)
    ends = _ends(batch)
    drawn, found = 0, []
    for plan in batch.micro_batches:
        if drawn >= MOST_SEQUENCES:
            break
        sequences = plan.sequences[: MOST_SEQUENCES - drawn]
        drawn += len(sequences)
        views = tuple(_sequence(one, longest, batch, ends) for one in sequences)
        found.append(MicroBatchView(_micro_batch_title(plan, batch), views))
    return tuple(found)


def _micro_batch_title(plan: MicroBatchPlan, batch: Batch) -> str:
    where = [f"Step {plan.step + 1}"]
    if batch.shape.gradient_accumulation_steps > 1:
        where.append(f"accumulation {plan.accumulation + 1}")
    if batch.shape.ranks > 1:
        where.append(f"rank {plan.rank + 1}")
    return f"{', '.join(where)}: {count(plan.used, 'trained token')}"


def _ends(batch: Batch) -> dict[tuple[int, int], int]:
    """The last token of each document that is in the batch; `bfd` loses what comes after it."""
    found: dict[tuple[int, int], int] = {}
    for plan in batch.micro_batches:
        for sequence in plan.sequences:
            for place in sequence.documents:
                key = place.row, place.example
                found[key] = max(found.get(key, 0), place.stop)
    return found


def _sequence(
    plan: SequencePlan, longest: int, batch: Batch, ends: Mapping[tuple[int, int], int]
) -> SequenceView:
    scale = 100 / max(longest, 1)
    documents = tuple(
        _document(place, index, scale, batch, ends) for index, place in enumerate(plan.documents)
    )
    padding = f", {count(plan.padding, 'token')} of padding" if plan.padding else ""
    of = f"{count(plan.length, 'token')} of {count(len(documents), 'document')}"
    sentence = f"{of}, {plan.used:,} trained{padding}"
    return SequenceView(documents, round(plan.length * scale, 3), round(plan.padding * scale, 3), sentence)


def _document(
    place: DocumentPlace, index: int, scale: float, batch: Batch, ends: Mapping[tuple[int, int], int]
) -> DocumentView:
    width = round((place.stop - place.start) * scale, 3)
    lost = batch.shape.packing == "bfd" or place.stop < ends[place.row, place.example]
    before, after = place.start > 0, place.cut and lost
    unused = place.at == 0 or batch.shape.packing != "wrapped" or batch.shape.padding_free
    return DocumentView(
        x=round(place.at * scale, 3),
        width=width,
        name=str(place.row + 1) if width >= SHORTEST_NAMED else "",
        title=_document_title(place, before, after, unused),
        even=index % 2 == 0,
        unused=unused,
        cut_before=before,
        cut_after=after,
    )


def _document_title(place: DocumentPlace, before: bool, after: bool, unused: bool) -> str:
    said = [f"Conversation {place.row + 1}, tokens {place.start:,} to {place.stop - 1:,}"]
    if before:
        said.append("its beginning is cut off")
    if after:
        said.append("its end is cut off")
    if unused:
        said.append("its first token here is unused")
    return "; ".join(said)
