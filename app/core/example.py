"""What a strategy yields: the ids a framework feeds, the labels it trains on, the weights, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .provenance import IntArray, Rendering
from .tokens import Tokens

MASKED = -100
"""The label that PyTorch's cross-entropy ignores."""

FloatArray: TypeAlias = NDArray[np.float64]
State: TypeAlias = Literal["masked", "trained", "unused"]


class Reason(NamedTuple):
    """Why a token is trained or masked: a rule, its data, and the sentence they make."""

    rule: str
    sentence: str
    detail: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The row as the API writes it."""
        return {"rule": self.rule, "detail": dict(self.detail or {}), "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Example:
    """One row of training data, as the framework would hand it to the model.

    `tokens.ids` are the input ids. `labels` hold an id or -100; an id may differ from the
    input's. `reasons` index into `reason_table`. `cut` is what truncation removed.
    """

    rendering: Rendering
    tokens: Tokens
    labels: IntArray
    weights: FloatArray
    reasons: IntArray
    reason_table: tuple[Reason, ...]
    cut_tokens: int = 0

    @property
    def used(self) -> NDArray[np.bool_]:
        """(n,) true where a prediction uses the label: not masked, and not at position 0.

        The label at position t is predicted from position t - 1, so nothing predicts the first.
        """
        used: NDArray[np.bool_] = self.labels != MASKED
        used[:1] = False
        return used

    def truncated(self, length: int | None) -> Example:
        """The first `length` tokens, as truncation on the right leaves them."""
        if length is None or len(self.tokens) <= length:
            return self
        return Example(
            self.rendering,
            self.tokens.head(length),
            self.labels[:length],
            self.weights[:length],
            self.reasons[:length],
            self.reason_table,
            len(self.tokens) - length,
        )


class Refusal(Exception):
    """The framework leaves the row out (`dropped`) or raises (`error`), for this reason."""

    def __init__(self, kind: Literal["dropped", "error"], reason: str) -> None:
        super().__init__(reason)
        self.kind: Literal["dropped", "error"] = kind
        self.reason = reason
