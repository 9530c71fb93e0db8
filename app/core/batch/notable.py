"""What is worth saying about a batch, in sentences with its own numbers; silent where nothing is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..contributions import ReductionInfo
from ..example import MASKED, FloatArray
from .answer import BatchRow, MicroBatchPlan
from .layout import Layout
from .shares import Share, Shares

LEAST_RATIO = 2.0
"""From how many times another token's weight on it is worth saying."""

_LEAST_PART, _LEAST_ROLE, _LEAST_ALONE, _LEAST_PADDING = 0.5, 0.2, 0.5, 0.3


class Uneven(NamedTuple):
    """The heaviest and the lightest conversation of one step, by what one of their used labels weighs."""

    reduction: str
    step: int
    heavy: int
    heavy_used: int
    light: int
    light_used: int
    ratio: float

    def sentence(self, steps: int) -> str:
        """`Under … one token of conversation 3 (5 trained tokens) weighs 102 times one of …`."""
        where = f" in step {self.step + 1}" if steps > 1 else ""
        return (
            f"Under `{self.reduction}`{where}, one token of conversation {self.heavy + 1} "
            f"({_counted(self.heavy_used, 'trained token')}) weighs {_times(self.ratio)} times one of "
            f"conversation {self.light + 1} ({self.light_used:,})."
        )


def uneven(layout: Layout, columns: Sequence[FloatArray], reduction: str) -> Uneven | None:
    """The step whose conversations weigh most differently, token by token; None where they weigh the same."""
    found = [
        spread
        for step, plan in enumerate(layout.steps)
        if (spread := _spread(layout, columns, reduction, step, plan.rows))
    ]
    return max(found, key=lambda spread: spread.ratio, default=None)


def _spread(
    layout: Layout, columns: Sequence[FloatArray], reduction: str, step: int, sequences: Sequence[int]
) -> Uneven | None:
    weights: dict[int, float] = {}
    counts: dict[int, int] = {}
    for index in sequences:
        sequence = layout.sequences[index]
        for place in sequence.places:
            here = slice(place.at, place.at + place.stop - place.start)
            row = layout.documents[place.document].row
            counts[row] = counts.get(row, 0) + int(np.count_nonzero(sequence.used[here]))
            weights[row] = weights.get(row, 0.0) + float(columns[index][here].sum())
    each = {row: weights[row] / count for row, count in counts.items() if count and weights[row] > 0}
    if not each:
        return None
    heavy, light = max(each, key=lambda row: each[row]), min(each, key=lambda row: each[row])
    ratio = each[heavy] / each[light]
    if ratio < LEAST_RATIO:
        return None
    return Uneven(reduction, step, heavy, counts[heavy], light, counts[light], ratio)


def notable(
    layout: Layout,
    rows: Sequence[BatchRow],
    plans: Sequence[MicroBatchPlan],
    shares: Shares,
    reductions: Sequence[ReductionInfo],
    spreads: Sequence[Uneven | None],
) -> tuple[str, ...]:
    """Every sentence, the weights first."""
    names = [reduction.name for reduction in reductions]
    steps = len(layout.steps)
    said = [
        *(spread.sentence(steps) for spread in spreads if spread is not None),
        *_parts(shares, names),
        *_roles(shares, names),
        *_alone(shares, plans, names),
        *_silent(plans, names),
        *_left_out(rows),
        *_cut(layout),
        *_padding(plans),
    ]
    return tuple(dict.fromkeys(said))


def _parts(shares: Shares, names: Sequence[str]) -> Iterator[str]:
    for share in shares.parts:
        if share.key["part"] != "content" and share.shares[0] >= _LEAST_PART:
            name = str(share.key["part"]).replace("_", " ").capitalize()
            yield f"{name} carries {_under(share, names)}."


def _roles(shares: Shares, names: Sequence[str]) -> Iterator[str]:
    for share in shares.roles:
        if share.key["role"] not in ("assistant", None) and share.shares[0] >= _LEAST_ROLE:
            yield f"Turns of `{share.key['role']}` carry {_under(share, names)}."


def _alone(shares: Shares, plans: Sequence[MicroBatchPlan], names: Sequence[str]) -> Iterator[str]:
    """One conversation that makes up most of a step of several."""
    beside: dict[int, set[int]] = {}
    for plan in plans:
        rows = (document.row for sequence in plan.sequences for document in sequence.documents)
        beside.setdefault(plan.step, set()).update(rows)
    for share in shares.conversations:
        row = share.key["row"]
        steps = [rows for rows in beside.values() if row in rows]
        if len(steps) == 1 and len(steps[0]) > 2 and max(share.shares) >= _LEAST_ALONE:
            said = _under(share, names)
            yield f"Conversation {row + 1}, one of {len(steps[0])} in its step, carries {said}."


def _under(share: Share, names: Sequence[str]) -> str:
    """`93 % of the loss`, or that under each reduction where they differ."""
    first, second = (_percent(value) for value in share.shares)
    if first == second:
        return f"{first} of the loss"
    return f"{first} of the loss under `{names[0]}` and {second} under `{names[1]}`"


def _silent(plans: Sequence[MicroBatchPlan], names: Sequence[str]) -> Iterator[str]:
    silent = sum(plan.used == 0 for plan in plans)
    if silent and "micro-batch-mean" in names:
        yield (
            f"{_counted(silent, 'micro-batch', 'micro-batches')} without a trained token: "
            "in PyTorch the mean of such a one is NaN."
        )


def _left_out(rows: Sequence[BatchRow]) -> Iterator[str]:
    out = [row for row in rows if row.outcome.kind != "ok"]
    if out:
        first = ", ".join(str(row.row + 1) for row in out[:6]) + (", …" if len(out) > 6 else "")
        yield (
            f"{len(out):,} of {_counted(len(rows), 'conversation')} "
            f"{'is' if len(out) == 1 else 'are'} not in the batch: {first}."
        )


def _cut(layout: Layout) -> Iterator[str]:
    """What packing does to documents."""
    places = [place for sequence in layout.sequences for place in sequence.places]
    if cut := len({place.document for place in places if place.is_cut}):
        documents = _counted(len(layout.documents), "document")
        yield f"{cut:,} of {documents} {'is' if cut == 1 else 'are'} cut by packing{_lost(layout)}."
    beside = sum(
        int(np.count_nonzero((sequence.labels != MASKED) & ~sequence.used)) for sequence in layout.sequences
    )
    if beside:
        yield (
            f"{_counted(beside, 'label')} {'weighs' if beside == 1 else 'weigh'} nothing, "
            "since no prediction is scored on the first token of a document."
        )


def _lost(layout: Layout) -> str:
    whole = sum(int(np.count_nonzero(document.example.labels != MASKED)) for document in layout.documents)
    there = sum(int(np.count_nonzero(sequence.labels != MASKED)) for sequence in layout.sequences)
    return f", which loses {_counted(whole - there, 'trained token')}" if whole > there else ""


def _padding(plans: Sequence[MicroBatchPlan]) -> Iterator[str]:
    sequences = [sequence for plan in plans for sequence in plan.sequences]
    padding = sum(sequence.padding for sequence in sequences)
    total = padding + sum(sequence.length for sequence in sequences)
    if total and padding / total >= _LEAST_PADDING:
        share = _percent(padding / total)
        yield f"Padding is {share} of the tokens in the micro-batches ({padding:,} of {total:,})."


def _counted(count: int, noun: str, plural: str | None = None) -> str:
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}".removesuffix(".0")


def _percent(share: float) -> str:
    """In whole percent, never rounding something to nothing nor nearly all to all."""
    percent = 100 * share
    if 0 < percent < 1:
        return "under 1 %"
    return "over 99 %" if 99 < percent < 99.9999 else f"{percent:.0f} %"
