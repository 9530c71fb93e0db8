"""Truncation of an example on either side, and the one reason table of several."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lossmask.core.example import Columns, Reason, share_reasons

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


def test_several_examples_share_one_reason_table() -> None:
    rest, first, second = (Reason("rule", sentence, {"message": 1}) for sentence in ("rest", "one", "two"))
    zeros_and_ones = (np.arange(COUNT) % 2).astype(np.int32)
    examples = [
        replace(example(CHAT), reasons=zeros_and_ones, reason_table=(rest, reason))
        for reason in (first, second, first)
    ]
    shared = share_reasons(examples)
    for row in shared:
        assert [reason.sentence for reason in row.reason_table] == ["rest", "one", "two"]
    assert [row.reasons[:4].tolist() for row in shared] == [[0, 1, 0, 1], [0, 2, 0, 2], [0, 1, 0, 1]]


def test_one_example_keeps_its_own_table() -> None:
    alone = example(CHAT)
    assert share_reasons([alone]) == [alone]
