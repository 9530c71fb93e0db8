"""Parts located by what differs when other words stand in their place."""

from __future__ import annotations

import numpy as np
import pytest
from lossmask.core.tokens import Tokens
from lossmask.strategies.sentinels import SENTINELS, Locator, differing_ids


def tokens(*offsets: tuple[int, int]) -> Tokens:
    count = len(offsets)
    ids = np.arange(count, dtype=np.int32)
    return Tokens(
        ids, np.array(offsets, dtype=np.int32).reshape(-1, 2), ["x"] * count, np.zeros(count, np.bool_)
    )


def located(before: str, part: str, after: str) -> tuple[int, int] | None:
    texts = [before + sentinel + after for sentinel in SENTINELS]
    return Locator(before + part + after, tokens()).characters(texts)


def test_the_sentinels_share_no_edge() -> None:
    first, second = SENTINELS
    assert first[0] != second[0]
    assert first[-1] != second[-1]


@pytest.mark.parametrize("part", ["zebra", "[x]", "[zz]", "quiz", "zz", "[", "a"])
def test_a_part_that_looks_like_a_sentinel(part: str) -> None:
    assert located("<a>", part, "<end>") == (3, 3 + len(part))


@pytest.mark.parametrize("part", SENTINELS)
def test_a_part_that_is_a_sentinel_seems_to_run_to_the_end(part: str) -> None:
    assert located("<a>", part, "<end>") == (3, 3 + len(part) + len("<end>"))


def test_an_empty_part_is_not_found() -> None:
    assert located("<a>", "", "<end>") is None


def test_text_that_repeats_itself_around_the_part() -> None:
    assert located("abab", "ab", "abab") == (4, 6)


def test_a_part_that_the_template_does_not_write() -> None:
    assert Locator("<a><end>", tokens()).characters(["<a><end>", "<a><end>"]) is None


def test_tokens_that_overlap() -> None:
    locator = Locator("x" * 8, tokens((0, 2), (2, 5), (5, 5), (5, 6), (5, 6), (6, 8)))
    assert locator.tokens((2, 6)) == (1, 5)
    assert locator.tokens((3, 4)) == (1, 2)
    assert locator.tokens((5, 6)) == (3, 5)
    assert locator.tokens((8, 9)) is None


@pytest.mark.parametrize(
    ("ids", "other", "expected"),
    [
        ([1, 2, 3, 9], [1, 7, 8, 8, 9], (1, 3)),
        ([1, 2], [1, 2], None),
        ([1, 2], [1, 2, 3], None),
        ([1, 9], [1, 7, 9], (1, 1)),
    ],
)
def test_differing_ids(ids: list[int], other: list[int], expected: tuple[int, int] | None) -> None:
    assert differing_ids(ids, other) == expected
