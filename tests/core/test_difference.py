"""Stretches in which two rows of ids differ."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest
from lossmask.core.difference import Difference, differences, sentence, uncut
from lossmask.core.provenance import IntArray


def row(*ids: int) -> IntArray:
    return np.array(ids, dtype=np.int32)


@pytest.mark.parametrize(
    ("example", "rendering", "expected"),
    [
        ([1, 2], [1, 2], []),
        ([], [], []),
        ([], [1], [((0, 0), (0, 1))]),
        ([1, 2, 3], [1, 9, 3], [((1, 2), (1, 2))]),
        ([1, 2, 3, 9, 4], [1, 2, 3, 4], [((3, 4), (3, 3))]),
        ([7, 1, 2], [1, 2], [((0, 1), (0, 0))]),
        (
            [1, 9, *range(10, 20), 8, 3],
            [1, *range(10, 20), 7, 7, 3],
            [((1, 2), (1, 1)), ((12, 13), (11, 13))],
        ),
    ],
)
def test_differences(example: list[int], rendering: list[int], expected: list[object]) -> None:
    found = differences(row(*example), row(*rendering))
    assert [tuple(stretch) for stretch in found] == expected


def test_what_a_row_says_twice_is_one_stretch() -> None:
    once = list(range(100, 160))
    twice = [*once[:40], *once[20:]]
    assert differences(row(*twice), row(*once)) == (Difference((40, 60), (40, 40)),)


def test_replacing_every_stretch_gives_the_rendering() -> None:
    chance = random.Random(3)
    for _ in range(200):
        rendering = [chance.randrange(4) for _ in range(chance.randrange(40))]
        example = list(rendering)
        for _ in range(chance.randrange(4)):
            place = chance.randrange(len(example) + 1)
            example[place : place + chance.randrange(6)] = [chance.randrange(4)] * chance.randrange(6)
        rebuilt: list[int] = []
        position = 0
        for (start, end), (other_start, other_end) in differences(row(*example), row(*rendering)):
            assert end > start or other_end > other_start
            rebuilt += example[position:start] + rendering[other_start:other_end]
            position = end
        assert rebuilt + example[position:] == rendering


def test_long_rows_take_little_time() -> None:
    chance = np.random.default_rng(5)
    rendering = chance.integers(0, 50, 100_000, dtype=np.int32)
    example = np.delete(rendering, np.arange(0, 100_000, 97))
    start = time.perf_counter()
    found = differences(example, rendering)
    assert time.perf_counter() - start < 5
    assert len(found) > 900
    assert differences(rendering[::-1].copy(), rendering)


def test_what_truncation_took_is_no_difference() -> None:
    whole = row(*range(50))
    assert uncut(differences(whole[:30], whole), 30) == ()
    assert uncut(differences(whole[20:], whole), 30) == ()
    added = row(*range(20, 30), 99, *range(30, 40))
    assert uncut(differences(added, whole), len(added)) == (Difference((10, 11), (30, 30)),)


def test_the_sentence_names_the_first() -> None:
    one = (Difference((3, 4), (3, 5)),)
    assert "one stretch differs at token 3 (1 token here, 2 tokens there)" in sentence(one)
    assert "2 stretches differ, the first at token 3" in sentence((*one, Difference((9, 9), (10, 12))))
