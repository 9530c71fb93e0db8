"""Documents and layouts made by hand, for tests of everything about batches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from lossmask.core.batch.layout import Document, Layout, lay_out
from lossmask.core.batch.request import BatchShape
from lossmask.core.example import Columns
from lossmask.core.parts import PART_ID, Part

from tests.core.contributions.rows import trained


def document(row: int, count: int, part: Part = "content") -> Document:
    """A row of one masked token of a user's turn, and then so many trained ones of the assistant's."""
    messages = np.array([0] + [1] * count, dtype=np.int32)
    parts = np.array([PART_ID["header"]] + [PART_ID[part]] * count, dtype=np.uint8)
    return Document(row, 0, trained(count), Columns(messages, parts))


def laid(counts: Sequence[int], shape: BatchShape, length: int = 1024) -> Layout:
    """The layout of rows that train so many tokens, each one token longer."""
    return lay_out([document(row, count) for row, count in enumerate(counts)], shape, length)
