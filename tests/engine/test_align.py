"""Alignments tile both rows, pair what is the same, and follow the text where vocabularies differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from lossmask.core.comparison import Stretch
from lossmask.core.example import Example
from lossmask.engine import align as module
from lossmask.engine.align import align, align_examples, align_keys

from tests.factory import Word, example


def ids(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int32)


def texts(*words: str) -> Example:
    return example([Word(word) for word in words])


def check_tiles(found: Sequence[Stretch], length: int, other: int) -> None:
    assert [0, *(row.a[1] for row in found)] == [*(row.a[0] for row in found), length]
    assert [0, *(row.b[1] for row in found)] == [*(row.b[0] for row in found), other]
    assert all(row.a[1] - row.a[0] == row.b[1] - row.b[0] for row in found if row.same)


def test_a_replaced_token() -> None:
    assert align(ids(1, 2, 3), ids(1, 9, 8, 3)) == (
        Stretch((0, 1), (0, 1), True),
        Stretch((1, 2), (1, 3), False),
        Stretch((2, 3), (3, 4), True),
    )


@pytest.mark.parametrize(("a", "b"), [((), ()), ((1,), ()), ((), (1,)), ((1,), (2,))])
def test_the_smallest_rows(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    found = align(ids(*a), ids(*b))
    check_tiles(found, len(a), len(b))
    assert not any(row.same for row in found)


@pytest.mark.parametrize("most", [0, module.MOST_CELLS])
@pytest.mark.parametrize("seed", range(20))
def test_random_rows_are_tiled_and_pairs_are_equal(
    monkeypatch: pytest.MonkeyPatch, most: int, seed: int
) -> None:
    monkeypatch.setattr(module, "MOST_CELLS", most)
    random = np.random.default_rng(seed)
    a = random.integers(0, 9, 200).astype(np.int32)
    b = np.delete(np.insert(a, [40, 90], [3, 4]), slice(120, 140)).astype(np.int32)
    found = align(a, b)
    check_tiles(found, len(a), len(b))
    assert all(np.array_equal(a[slice(*row.a)], b[slice(*row.b)]) for row in found if row.same)
    assert sum(row.a[1] - row.a[0] for row in found if row.same) >= 150


def test_two_vocabularies_over_one_text_are_cut_where_both_have_a_boundary() -> None:
    a, b = texts("pan", "cakes", " are", " good"), texts("panc", "akes", " are", " go", "od")
    found = align_examples(a, b, same_vocabulary=False)
    assert found == (
        Stretch((0, 2), (0, 2), False),
        Stretch((2, 3), (2, 3), True),
        Stretch((3, 4), (3, 5), False),
    )


def test_neighbouring_words_cut_otherwise_stay_apart() -> None:
    found = align_examples(texts("ab", "cd"), texts("a", "b", "c", "d"), same_vocabulary=False)
    assert [row.b for row in found] == [(0, 2), (2, 4)]


def test_a_token_that_covers_nothing_stands_alone() -> None:
    a, b = texts("", "ab"), texts("ab")
    assert align_examples(a, b, same_vocabulary=False) == (
        Stretch((0, 1), (0, 0), False),
        Stretch((1, 2), (0, 1), True),
    )


def test_bytes_of_one_character_are_never_cut() -> None:
    a, b = texts("x", "é", "y"), texts("x", "é", "é", "y")
    offsets = np.array([[0, 1], [1, 2], [1, 2], [2, 3]], dtype=np.int32)
    tokens = type(b.tokens)(b.tokens.ids, offsets, b.tokens.pieces, b.tokens.special)
    b = Example(a.rendering, tokens, b.labels, b.weights, b.reasons, b.reason_table)
    found = align_examples(a, b, same_vocabulary=False)
    check_tiles(found, 3, 4)
    assert Stretch((1, 2), (1, 3), False) in found


def test_two_vocabularies_over_two_texts_pair_tokens_of_one_text() -> None:
    found = align_examples(texts("<s>", "hi", "!"), texts("[I]", "hi", "!"), same_vocabulary=False)
    assert found == (Stretch((0, 1), (0, 1), False), Stretch((1, 3), (1, 3), True))


def test_lines() -> None:
    assert align_keys(["x"], ["x", "y"]) == (
        Stretch((0, 1), (0, 1), True),
        Stretch((1, 1), (1, 2), False),
    )
