"""The prefix that two texts share."""

from __future__ import annotations

import random

import pytest
from lossmask.core.spans import shared_prefix


@pytest.mark.parametrize(
    ("first", "second", "length"),
    [("", "", 0), ("a", "", 0), ("abc", "abc", 3), ("ab", "abc", 2), ("abx", "aby", 2), ("xa", "ya", 0)],
)
def test_shared_prefix(first: str, second: str, length: int) -> None:
    assert shared_prefix(first, second) == shared_prefix(second, first) == length


def test_as_a_walk_by_character_finds_it() -> None:
    chance = random.Random(1)
    for _ in range(300):
        first, second = ("".join(chance.choices("ab", weights=(9, 1), k=chance.randrange(30))) for _ in "12")
        equal = [length for length in range(len(first) + 1) if second.startswith(first[:length])]
        assert shared_prefix(first, second) == max(equal)
