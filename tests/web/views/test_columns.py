"""States, runs and shares."""

from __future__ import annotations

import numpy as np
import pytest
from lossmask.web.views.columns import count, fraction, listed, packed, percent, runs, states

from tests.factory import Word, example


def test_the_three_states() -> None:
    made = example([Word("a", trained=True), Word("b"), Word("c", trained=True)])
    assert states(made).tolist() == [2, 0, 1]


def test_packed_columns_unpack_to_themselves() -> None:
    column = np.array([3, 3, 0, 7, 7, 7])
    flat = packed(column)
    unpacked = [value for length, value in zip(flat[::2], flat[1::2], strict=True) for _ in range(length)]
    assert unpacked == column.tolist()
    assert packed(column[:0]) == []


def test_runs_tile() -> None:
    assert runs(np.array([1, 1, 0])) == [(0, 2, 1), (2, 3, 0)]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (15, 72, "21 %"),
        (0, 5, "0 %"),
        (0, 0, "0 %"),
        (1, 1000, "under 1 %"),
        (999, 1000, "over 99 %"),
        (5, 5, "100 %"),
    ],
)
def test_percent_never_rounds_to_nothing_or_all(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


def test_words() -> None:
    assert [count(1, "token"), count(12_000, "token")] == ["1 token", "12,000 tokens"]
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["", "a", "a, b and c"]
    assert [fraction(1 / 15), fraction(0.3), fraction(0)] == ["1/15", "0.3", ""]
