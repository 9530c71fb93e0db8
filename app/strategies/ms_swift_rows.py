"""ms-swift's labels of a written row: ends of earlier turns trained, position 0 masked, long rows cut.

Source: ms_swift 4.6.0, `template/base.py`, `_add_dynamic_eos`, `_truncate`, `_encode_truncated`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.example import Example, FloatArray, Reason, Refusal
from ..core.provenance import IntArray
from .joined import Piece
from .option import Options
from .sheet import Sheet


@dataclass(frozen=True)
class Row:
    """A row with the weight of every token; `suffix` are the ids of the format's end of turn."""

    piece: Piece
    weights: FloatArray
    suffix: IntArray
    is_binary: bool
    """Whether ms-swift keeps labels only, so that every trained token weighs 1."""


def rows(row: Row, options: Options) -> list[Example]:
    """The examples that the row makes.

    Raises:
        Refusal: where a row is too long.
    """
    sheet = _labelled(row)
    most, how, count = options["max_length"], options["truncation_strategy"], len(row.piece.tokens)
    whole = sheet.example()
    if most is None or count <= most:
        return [_without_first(sheet, whole, slice(0, count))]
    if how in ("raise", "delete"):
        kind = "dropped" if how == "delete" else "error"
        raise Refusal(kind, f"The row has {count} tokens, and `max_length` is {most}.")  # type: ignore[arg-type]
    if how == "split":
        starts = range(0, count, most)
        return [_without_first(sheet, whole, slice(start, min(start + most, count))) for start in starts]
    kept = slice(0, most) if how == "right" else slice(count - most, count)
    return [_without_first(sheet, whole, kept)]


def _labelled(row: Row) -> Sheet:
    sheet = Sheet(row.piece.rendering, row.piece.tokens, _MASKED)
    numbers = {}
    for weight in np.unique(row.weights[row.weights > 0]).tolist():
        shown = 1.0 if row.is_binary else weight
        numbers[weight] = sheet.row(_trained(shown), shown)
    for weight, number in numbers.items():
        sheet.put(row.weights == weight, number)
    for start in _ends(row, sheet.trained):
        stretch = slice(start, start + len(row.suffix))
        sheet.train(stretch, _END)
    return sheet


def _trained(weight: float) -> Reason:
    how = "Trained" if weight == 1 else f"Trained with weight {weight:g}"
    return Reason("ms-swift-trained", f"{how}: by `loss_scale`.", {"weight": weight})


def _ends(row: Row, trained: NDArray[np.bool_]) -> list[int]:
    """Where a masked stretch after a trained one begins with the end of a turn."""
    ids, suffix = row.piece.tokens.ids, row.suffix
    edges = np.flatnonzero(trained[:-1] & ~trained[1:]) + 1
    starts = [int(start) for start in edges]
    found = []
    for start in starts:
        later = np.flatnonzero(trained[start:])
        end = start + int(later[0]) if len(later) else len(ids)
        if len(suffix) <= end - start and np.array_equal(ids[start : start + len(suffix)], suffix):
            found.append(start)
    return found


def _without_first(sheet: Sheet, whole: Example, kept: slice) -> Example:
    """A stretch of the row, whose first label is masked."""
    labels, weights, reasons = (
        whole.labels[kept].copy(),
        whole.weights[kept].copy(),
        whole.reasons[kept].copy(),
    )
    table = whole.reason_table
    if len(labels) and weights[0] > 0:
        table = (*table, _FIRST)
        labels[0], weights[0], reasons[0] = -100, 0.0, len(table) - 1
    cut = len(whole.tokens) - (kept.stop - kept.start)
    return Example(whole.rendering, whole.tokens.part(kept), labels, weights, reasons, table, cut)


_MASKED = Reason("ms-swift", "Masked: `loss_scale` gives it weight 0.")
_END = Reason(
    "ms-swift-end",
    "Trained: the end of an earlier turn, which ms-swift looks for after a trained stretch; it has weight 1.",
)
_FIRST = Reason("ms-swift-first", "Masked: the first label of a row is always masked.")
