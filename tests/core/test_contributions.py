"""The coefficient of each token, on labels made for it."""

from __future__ import annotations

import numpy as np
import pytest
from lossmask.core.contributions import contributions
from lossmask.core.example import Example, Reason
from lossmask.core.provenance import Rendering
from lossmask.core.tokens import Tokens
from lossmask.errors import OptionError

EMPTY = np.zeros(0, dtype=np.int32)


def example(labels: list[int], weights: list[float] | None = None) -> Example:
    count = len(labels)
    offsets = np.zeros((count, 2), dtype=np.int32)
    tokens = Tokens(np.arange(count, dtype=np.int32), offsets, [""] * count, np.zeros(count, dtype=np.bool_))
    return Example(
        Rendering("", (), EMPTY, EMPTY, EMPTY),
        tokens,
        np.array(labels, dtype=np.int32),
        np.array(weights or [float(label != -100) for label in labels]),
        np.zeros(count, dtype=np.int32),
        (Reason("x", "x"),),
    )


def test_every_used_label_weighs_the_same() -> None:
    [column] = contributions("token-mean", [example([-100, 5, 6])])
    assert column.tolist() == [0.0, 0.5, 0.5]


def test_a_label_at_position_0_weighs_nothing() -> None:
    row = example([4, 5, -100])
    assert row.used.tolist() == [False, True, False]
    assert contributions("token-mean", [row])[0].tolist() == [0.0, 1.0, 0.0]


def test_nothing_trained_weighs_nothing() -> None:
    assert contributions("token-mean", [example([-100, -100])])[0].tolist() == [0.0, 0.0]


def test_examples_of_one_step_share_the_count() -> None:
    columns = contributions("token-mean", [example([-100, 5]), example([-100, 5, 6, 7])])
    assert [column.sum() for column in columns] == [0.25, 0.75]


def test_unknown_reductions_are_named() -> None:
    with pytest.raises(OptionError, match="token-mean"):
        contributions("median", [])
