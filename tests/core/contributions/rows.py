"""Rows of labels made by hand, for every reduction."""

from __future__ import annotations

import numpy as np
from lossmask.core.example import Example, Reason
from lossmask.core.provenance import EMPTY
from lossmask.core.tokens import Tokens


def row(labels: list[int], weights: list[float] | None = None) -> Example:
    """An example whose labels these are; a trained token weighs 1 unless told otherwise."""
    count = len(labels)
    tokens = Tokens(
        np.arange(count, dtype=np.int32),
        np.zeros((count, 2), dtype=np.int32),
        [""] * count,
        np.zeros(count, dtype=np.bool_),
    )
    return Example(
        EMPTY,
        tokens,
        np.array(labels, dtype=np.int32),
        np.array(weights or [float(label != -100) for label in labels]),
        np.zeros(count, dtype=np.int32),
        (Reason("x", "x"),),
    )


def trained(count: int, weight: float = 1.0) -> Example:
    """One masked token, then so many trained ones."""
    return row([-100] + [7] * count, [0.0] + [weight] * count)
