"""Markers are found wherever they begin."""

from __future__ import annotations

import numpy as np
import pytest
from lossmask.strategies.markers import find_all


@pytest.mark.parametrize(
    ("ids", "marker", "expected"),
    [
        ([1, 2, 3, 1, 2], [1, 2], [0, 3]),
        ([5, 1, 1, 1, 6], [1, 1], [1, 2]),
        ([1, 2], [1, 2], [0]),
        ([1, 2], [1, 2, 3], []),
        ([1, 2], [], []),
        ([], [1], []),
        ([1, 2, 1], [1], [0, 2]),
        ([1, 2, 4, 1, 2, 3], [1, 2, 3], [3]),
    ],
)
def test_find_all(ids: list[int], marker: list[int], expected: list[int]) -> None:
    assert find_all(np.array(ids, dtype=np.int32), marker).tolist() == expected


def test_same_as_a_plain_search() -> None:
    generator = np.random.default_rng(7)
    for _ in range(200):
        ids = generator.integers(0, 3, 40)
        marker = generator.integers(0, 3, generator.integers(1, 5)).tolist()
        plain = [at for at in range(len(ids)) if ids[at : at + len(marker)].tolist() == marker]
        assert find_all(ids.astype(np.int32), marker).tolist() == plain
