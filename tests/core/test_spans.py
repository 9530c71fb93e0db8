"""The prefix that two texts share."""

from __future__ import annotations

import pytest
from lossmask.core.spans import shared_prefix


@pytest.mark.parametrize(
    ("first", "second", "length"),
    [("", "", 0), ("a", "", 0), ("abc", "abc", 3), ("ab", "abc", 2), ("abx", "aby", 2), ("xa", "ya", 0)],
)
def test_shared_prefix(first: str, second: str, length: int) -> None:
    assert shared_prefix(first, second) == shared_prefix(second, first) == length
