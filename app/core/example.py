"""What a strategy yields: the ids a framework feeds, the labels it trains on, the weights, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .provenance import IntArray, Rendering
from .tokens import Tokens

MASKED = -100
"""The label that PyTorch's cross-entropy ignores."""

FloatArray: TypeAlias = NDArray[np.float64]
Side: TypeAlias = Literal["right", "left"]
State: TypeAlias = Literal["masked", "trained", "unused"]


class Reason(NamedTuple):
    """Why a token is trained or masked: a rule, its data, and the sentence they make."""

    rule: str
    sentence: str
    detail: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The row as the API writes it."""
        return {"rule": self.rule, "detail": dict(self.detail or {}), "sentence": self.sentence}


class Columns(NamedTuple):
    """Whose turn each token is in, and which part of it."""

    messages: IntArray
    """(n,) index of the message, or -1."""
    parts: NDArray[np.uint8]
    """(n,) index into `PARTS`."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row of training data, as the framework would hand it to the model.

    `tokens.ids` are the input ids. `labels` hold an id or -100; an id may differ from the
    input's. `reasons` index into `reason_table`. `cut_tokens` is what truncation removed.
    `columns` is given by a rule that knows them from how it wrote the row; else they are
    found in the rendering.
    """

    rendering: Rendering
    tokens: Tokens
    labels: IntArray
    weights: FloatArray
    reasons: IntArray
    reason_table: tuple[Reason, ...]
    cut_tokens: int = 0
    columns: Columns | None = None

    @property
    def used(self) -> NDArray[np.bool_]:
        """(n,) true where a prediction uses the label: not masked, and not at position 0.

        The label at position t is predicted from position t - 1, so nothing predicts the first.
        """
        used: NDArray[np.bool_] = self.labels != MASKED
        used[:1] = False
        return used

    def truncated(self, length: int | None, cut: Side = "right") -> Example:
        """`length` tokens: the first where truncation cuts on the right, the last where on the left."""
        count = len(self.tokens)
        if length is None or count <= length:
            return self
        kept = slice(0, length) if cut == "right" else slice(count - length, count)
        columns = self.columns
        return Example(
            self.rendering,
            self.tokens.part(kept),
            self.labels[kept],
            self.weights[kept],
            self.reasons[kept],
            self.reason_table,
            self.cut_tokens + count - length,
            None if columns is None else Columns(columns.messages[kept], columns.parts[kept]),
        )


def share_reasons(examples: Sequence[Example]) -> list[Example]:
    """The examples with one reason table for all; one alone is left as it is.

    >>> first, second = share_reasons([example with table (a, b), example with table (a, c)])
    >>> second.reason_table, second.reasons
    ((a, b, c), [0, 2])
    """
    if len(examples) < 2:
        return list(examples)
    table: dict[str, int] = {}
    rows: list[Reason] = []
    columns = []
    for example in examples:
        numbers = [_number(reason, table, rows) for reason in example.reason_table]
        columns.append(np.array(numbers, dtype=np.int32)[example.reasons])
    shared = tuple(rows)
    return [
        replace(example, reasons=column, reason_table=shared)
        for example, column in zip(examples, columns, strict=True)
    ]


def _number(reason: Reason, table: dict[str, int], rows: list[Reason]) -> int:
    """Where a reason stands in the shared table, which grows by those it does not have."""
    # A detail is a mapping and has no hash; its writing tells two apart.
    key = repr(reason)
    if key not in table:
        table[key] = len(rows)
        rows.append(reason)
    return table[key]


class Refusal(Exception):
    """The framework leaves the row out (`dropped`) or raises (`error`), for this reason."""

    def __init__(self, kind: Literal["dropped", "error"], reason: str) -> None:
        super().__init__(reason)
        self.kind: Literal["dropped", "error"] = kind
        self.reason = reason
