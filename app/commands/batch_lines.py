"""A batch as lines of text: what is notable, then shares of the loss by conversation, role and part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..core.batch.answer import Batch
from ..core.batch.shares import Share
from .terminal import Style, printable

WIDTH = 20
"""Characters of a bar that stands for the whole loss."""

_BAR = {True: "█", False: "#"}
_VERBS = {"dropped": "left out", "error": "refused"}


def lines(batch: Batch, style: Style) -> Iterator[str]:
    """The table, and the sentences on it."""
    for sentence in batch.notable:
        yield style.loud(printable(sentence))
    yield from _table(batch, style)
    for finding in batch.findings:
        yield printable(f"{finding.severity} {finding.code}: {finding.sentence}")
    for reduction in batch.reductions:
        yield style.quiet(printable(f"{reduction.name}: {reduction.formula}: {reduction.with_numbers}"))
        if reduction.note:
            yield style.quiet(printable(f"  {reduction.note}"))
    yield style.quiet(printable(_chosen(batch)))


def _table(batch: Batch, style: Style) -> Iterator[str]:
    names = [reduction.name for reduction in batch.reductions]
    yield style.loud(
        _line("conversation", "step", "tokens", "trained", [f"{name:<{_cell()}}" for name in names])
    )
    for row, share in zip(batch.rows, batch.shares.conversations, strict=True):
        if row.outcome.kind != "ok":
            yield printable(f"{row.row + 1:<16}{_VERBS[row.outcome.kind]}: {row.outcome.reason}")
            continue
        step = "" if row.step is None else str(row.step + 1)
        yield _line(str(row.row + 1), step, f"{share.tokens:,}", f"{row.used:,}", _bars(share, style))
    for title, key, group in (
        ("role", "role", batch.shares.roles),
        ("part", "part", batch.shares.parts),
    ):
        yield style.loud(title)
        for share in group:
            name = str(share.key[key] or "outside").replace("_", " ")
            yield printable(_line(name, "", f"{share.tokens:,}", f"{share.trained:,}", _bars(share, style)))


def _cell() -> int:
    return WIDTH + len("100.0 % ")


def _bars(share: Share, style: Style) -> list[str]:
    """Each share in percent and as a bar."""
    return [f"{_percent(value):>7} {_bar(value, style):<{WIDTH}}" for value in share.shares]


def _percent(share: float) -> str:
    return "?" if math.isnan(share) else f"{100 * share:.1f} %"


def _bar(share: float, style: Style) -> str:
    if math.isnan(share):
        return ""
    # What has any share at all is drawn.
    return _BAR[style.unicode] * (max(round(share * WIDTH), 1) if share > 0 else 0)


def _line(name: str, step: str, tokens: str, trained: str, cells: Sequence[str]) -> str:
    return f"{name:<16}{step:>4}{tokens:>10}{trained:>10}  {'  '.join(cells)}".rstrip()


def _chosen(batch: Batch) -> str:
    shape, counts = batch.shape, batch.statistics
    packing = (
        f"packed by {shape.packing}" if shape.packing else "padded" if shape.is_padded else "padding-free"
    )
    rule = f"{batch.strategy.name} ({batch.strategy.framework} {batch.strategy.version})"
    return (
        f"{counts['sequences']:,} sequences {packing} in {counts['micro_batches']:,} micro-batches of "
        f"{shape.micro_batch_size}, {counts['steps']:,} steps of {shape.gradient_accumulation_steps} x "
        f"{shape.ranks} | tokenizer {batch.tokenizer.name} | {rule} | today {batch.today}"
    )
