"""Truncation of an example on either side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lossmask.core.example import Columns

from tests.factory import CHAT, example

COUNT = len(CHAT)


@pytest.mark.parametrize(("side", "kept"), [("right", slice(0, 4)), ("left", slice(COUNT - 4, COUNT))])
def test_every_column_is_cut_alike(side: str, kept: slice) -> None:
    numbers = np.arange(COUNT, dtype=np.int32)
    whole = replace(example(CHAT, cut=2), columns=Columns(numbers, numbers.astype(np.uint8)))
    cut = whole.truncated(4, side)  # type: ignore[arg-type]
    assert cut.tokens.ids.tolist() == whole.tokens.ids[kept].tolist()
    assert cut.tokens.offsets.tolist() == whole.tokens.offsets[kept].tolist()
    assert cut.labels.tolist() == whole.labels[kept].tolist()
    assert cut.columns is not None
    assert cut.columns.messages.tolist() == cut.columns.parts.tolist() == numbers[kept].tolist()
    assert cut.cut_tokens == 2 + COUNT - 4


def test_a_short_example_stays_itself() -> None:
    whole = example(CHAT)
    assert whole.truncated(None) is whole
    assert whole.truncated(COUNT, "left") is whole
