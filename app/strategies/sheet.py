"""Labels being decided over the tokens of one example: every token has one reason, every reason a weight.

A rule writes stretch after stretch, and later stretches overrule earlier ones:

    sheet = Sheet(rendering, tokens, Reason("other", "Masked: not the assistant's."))
    sheet.train(slice(3, 9), Reason("reply", "Trained: the reply of turn 2."))
    example = sheet.example()
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..core.example import MASKED, Example, Reason
from ..core.provenance import IntArray, Rendering
from ..core.tokens import Tokens

Where: TypeAlias = slice | NDArray[np.bool_] | NDArray[np.intp]
"""Tokens: a stretch, a mask over all, or positions."""


class Sheet:
    """Starts with every token masked for the reason `rest`."""

    def __init__(self, rendering: Rendering, tokens: Tokens, rest: Reason) -> None:
        self.rendering = rendering
        self.tokens = tokens
        self.reasons: IntArray = np.zeros(len(tokens), dtype=np.int32)
        self._table: list[Reason] = []
        self._weights: list[float] = []
        self.row(rest, 0.0)

    def row(self, reason: Reason, weight: float) -> int:
        """Add a reason with the weight of its tokens, 0 for masked; gives its number for `put`."""
        self._table.append(reason)
        self._weights.append(weight)
        return len(self._table) - 1

    def put(self, where: Where, row: int | IntArray) -> None:
        """Give tokens a reason that has been added, or each its own."""
        self.reasons[where] = row

    def train(self, where: Where, reason: Reason, weight: float = 1.0) -> None:
        """Train tokens, for this reason."""
        self.put(where, self.row(reason, weight))

    def mask(self, where: Where, reason: Reason) -> None:
        """Mask tokens, for this reason."""
        self.put(where, self.row(reason, 0.0))

    @property
    def trained(self) -> NDArray[np.bool_]:
        """(n,) true where a token is trained so far."""
        trained: NDArray[np.bool_] = np.array(self._weights)[self.reasons] > 0
        return trained

    def example(self, cut_tokens: int = 0) -> Example:
        """The labels and weights that the reasons amount to."""
        weights = np.array(self._weights)[self.reasons]
        labels = np.where(weights > 0, self.tokens.ids, MASKED).astype(np.int32)
        table = tuple(self._table)
        return Example(self.rendering, self.tokens, labels, weights, self.reasons, table, cut_tokens)
