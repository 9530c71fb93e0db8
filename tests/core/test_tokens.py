"""Looking up the token of a character, beside a plain search."""

from __future__ import annotations

import random

import numpy as np
import pytest
from lossmask.core.tokens import Tokens


def tokens(*offsets: tuple[int, int]) -> Tokens:
    count = len(offsets)
    return Tokens(
        np.arange(count, dtype=np.int32),
        np.array(offsets, dtype=np.int32).reshape(-1, 2),
        [str(index) for index in range(count)],
        np.zeros(count, dtype=np.bool_),
    )


def plainly(row: Tokens, character: int) -> int:
    hits = [k for k, (start, end) in enumerate(row.offsets.tolist()) if start <= character < end]
    return hits[0] if hits else -1


@pytest.mark.parametrize(
    "row",
    [
        tokens((0, 2), (2, 4), (4, 7)),
        tokens((0, 0), (0, 2), (3, 5)),
        tokens((0, 1), (1, 2), (1, 2), (1, 2), (2, 3)),
        tokens((0, 2), (2, 4), (0, 0)),
        tokens(),
    ],
)
def test_first_token_at(row: Tokens) -> None:
    characters = np.arange(9, dtype=np.int32)
    assert row.first_token_at(characters).tolist() == [plainly(row, k) for k in range(9)]


def test_first_token_at_random_offsets() -> None:
    chance = random.Random(3)
    for _ in range(200):
        starts = sorted(chance.choices(range(20), k=8))
        row = tokens(*((start, start + chance.randrange(4)) for start in starts))
        found = row.first_token_at(np.arange(24, dtype=np.int32)).tolist()
        assert found == [plainly(row, character) for character in range(24)]


def test_head_keeps_columns_together() -> None:
    row = tokens((0, 2), (2, 4), (4, 7)).head(2)
    assert (len(row), row.offsets.tolist(), list(row.pieces)) == (2, [[0, 2], [2, 4]], ["0", "1"])
    assert len(tokens((0, 1)).head(None)) == 1
