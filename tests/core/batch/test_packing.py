"""Packs equal to TRL's on what it gave (`scripts/packing_labels.py`), and what holds for any rows."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from lossmask.core.batch.packing import (
    ROWS_AT_ONCE,
    Pack,
    Packing,
    Piece,
    collated_labels,
    gather,
    pack,
    position_ids,
    unused,
    whole,
)
from lossmask.core.example import MASKED
from lossmask.errors import OptionError

from tests.labels import analysed

TRL: dict[str, Any] = json.loads(Path(__file__).with_name("packing_trl.json").read_text())
STRATEGIES: tuple[Packing, ...] = get_args(Packing)
WAYS = (*STRATEGIES, "wrapped, padded")

Columns = Sequence[np.ndarray[Any, np.dtype[np.int32]]]


def column(numbers: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int32]]:
    return np.array(numbers, np.int32)


def labels_of(ids: Sequence[int], trained: str) -> np.ndarray[Any, np.dtype[np.int32]]:
    pairs = zip(ids, trained, strict=True)
    return column([id if mark == "1" else MASKED for id, mark in pairs])


def rows_of(record: dict[str, Any]) -> tuple[Columns, Columns]:
    """The ids and the labels of every row."""
    return [column(ids) for ids, _ in record["rows"]], [labels_of(*row) for row in record["rows"]]


def positions_of(runs: Sequence[int]) -> list[int]:
    return [position for length in runs for position in range(length)]


def ours(ids: Columns, labels: Columns, way: str, length: int) -> list[list[Any]]:
    """Ids, labels and positions of every sequence; a padded batch has no positions."""
    padding_free = way != "wrapped, padded"
    strategy: Any = None if way == "whole" else way.split(",")[0]
    packs = pack(ids, strategy, length) if strategy else [whole(ids)]
    return [
        [
            gather(joined, ids).tolist(),
            collated_labels(joined, labels, strategy, padding_free).tolist(),
            position_ids(joined, strategy).tolist() if padding_free else None,
        ]
        for joined in packs
    ]


def theirs(packs: Sequence[Any]) -> list[list[Any]]:
    return [
        [ids, labels_of(ids, trained).tolist(), None if runs is None else positions_of(runs)]
        for ids, trained, runs in packs
    ]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TRL["records"])
def test_as_trl_packs(name: str, way: str) -> None:
    """Where TRL fails, for want of any token, there is no pack."""
    record = TRL["records"][name]
    ids, labels = rows_of(record)
    expected = record["packs"][way]
    failed = isinstance(expected, str)
    assert failed == (name == "only rows without tokens" and way in ("bfd", "bfd_split"))
    assert ours(ids, labels, way, record["length"]) == ([] if failed else theirs(expected))


@pytest.mark.parametrize("name", TRL["records"])
def test_rows_whole_as_the_collator_flattens_them(name: str) -> None:
    record = TRL["records"][name]
    [found] = ours(*rows_of(record), "whole", record["length"])
    flattened = theirs(record["packs"]["whole"])
    for place, values in enumerate(found):
        assert values == [value for row in flattened for value in row[place]]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", TRL["conversations"]["packs"])
def test_as_the_trainer_prepares_conversations(name: str, strategy: Packing) -> None:
    """The rules' rows, uncut, packed: the trainer's own, a pack that trains nothing among them."""
    recorded = TRL["conversations"]
    rows = [
        analysed(messages, strategy=name, options={"max_length": None}, chat_template="bundled:chatml")
        .examples[0]
        .example
        for messages in recorded["rows"]
    ]
    way = "wrapped, padded" if strategy == "wrapped" else strategy
    found = ours([row.tokens.ids for row in rows], [row.labels for row in rows], way, recorded["length"])
    assert found == theirs(recorded["packs"][name][strategy])
    if name == "trl-assistant-only" and strategy != "wrapped":
        assert any(set(labels) == {MASKED} for _, labels, _ in found)


def test_a_row_longer_than_the_length() -> None:
    rows = ["abcdefghij", "kl"]
    assert pack(rows, "bfd", 4) == [(Piece(0, 0, 4),), (Piece(1, 0, 2),)]
    split = [(Piece(0, 0, 4),), (Piece(0, 4, 8),), (Piece(0, 8, 10), Piece(1, 0, 2))]
    assert pack(rows, "bfd_split", 4) == split
    assert pack(rows, "wrapped", 4) == split
    assert unused(split[2], "bfd_split").tolist() == [True, False, True, False]
    assert unused(split[2], "wrapped").tolist() == [True, False, False, False]


def test_of_equally_full_packs_the_one_longest_so_is_filled() -> None:
    rows = ["aaa", "bbb", "c", "d"]
    assert pack(rows, "bfd", 4) == [(Piece(0, 0, 3), Piece(2, 0, 1)), (Piece(1, 0, 3), Piece(3, 0, 1))]


def test_a_short_last_pack_is_kept() -> None:
    assert pack(["abc", "def"], "wrapped", 4)[-1] == (Piece(1, 1, 3),)


def test_rows_of_different_thousands_share_no_pack() -> None:
    rows = ["a"] * (ROWS_AT_ONCE + 1)
    for strategy in STRATEGIES:
        packs = pack(rows, strategy, 2 * ROWS_AT_ONCE)
        assert [len(joined) for joined in packs] == [ROWS_AT_ONCE, 1]
        assert packs[1] == (Piece(ROWS_AT_ONCE, 0, 1),)


def test_a_padded_wrapped_pack_keeps_its_first_label_though_nothing_predicts_it() -> None:
    ids = [column([1, 2, 3])]
    [joined] = pack(ids, "wrapped", 4)
    assert collated_labels(joined, ids, "wrapped").tolist() == [1, 2, 3]
    assert collated_labels(joined, ids, "wrapped", padding_free=True).tolist() == [MASKED, 2, 3]
    assert unused(joined, "wrapped").tolist() == [True, False, False]


def test_no_rows_and_no_tokens() -> None:
    for strategy in STRATEGIES:
        assert pack([], strategy, 4) == pack(["", ""], strategy, 4) == []
    assert whole(["", ""]) == ()
    assert position_ids((), None).tolist() == unused((), "bfd").tolist() == []
    assert gather((), [column([1])]).tolist() == []
    with pytest.raises(OptionError, match="at least 1"):
        pack(["ab"], "bfd", 0)


def spans(packs: Sequence[Pack]) -> dict[int, list[tuple[int, int]]]:
    """Each row's pieces, in the order of the row."""
    found: dict[int, list[tuple[int, int]]] = {}
    for joined in packs:
        for row, start, stop in joined:
            found.setdefault(row, []).append((start, stop))
    return {row: sorted(pieces) for row, pieces in found.items()}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_whatever_the_rows(strategy: Packing) -> None:
    """Pieces tile what is kept of each row, no pack is too long, and none could have gone into another."""
    chance = random.Random(5)
    for _ in range(150):
        length = chance.choice((1, 2, 7, 16, 40))
        rows = [range(chance.randrange(3 * length)) for _ in range(chance.choice((1, 8, 60)))]
        packs = pack(rows, strategy, length)
        sizes = [sum(stop - start for _, start, stop in joined) for joined in packs]
        assert all(0 < size <= length for size in sizes)
        assert all(start < stop for joined in packs for _, start, stop in joined)
        kept = [min(len(row), length) if strategy == "bfd" else len(row) for row in rows]
        tiled = spans(packs)
        assert set(tiled) == {row for row, count in enumerate(kept) if count}
        for row, pieces in tiled.items():
            edges = [edge for piece in pieces for edge in piece]
            assert [edges[0], edges[-1]] == [0, kept[row]]
            assert edges[1:-1:2] == edges[2:-1:2]
        if strategy == "wrapped":
            assert all(size == length for size in sizes[:-1])
            assert [piece for joined in packs for piece in joined] == sorted(sum(packs, start=()))
        else:
            firsts = [joined[0].stop - joined[0].start for joined in packs]
            assert firsts == sorted(firsts, reverse=True)
            assert all(sizes[at] + first > length for k, first in enumerate(firsts) for at in range(k))
        for joined in packs:
            starts = np.cumsum([0] + [stop - start for _, start, stop in joined])[:-1]
            expected = [0] if strategy == "wrapped" else starts.tolist()
            assert np.flatnonzero(unused(joined, strategy)).tolist() == expected


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_ten_thousand_rows_are_packed_at_once(strategy: Packing) -> None:
    """Half a second of processor time is more than ten times what it takes."""
    chance = random.Random(6)
    rows = [range(chance.randrange(100, 900)) for _ in range(10_000)]
    begun = time.process_time()
    packs = pack(rows, strategy, 1_024)
    assert time.process_time() - begun < 0.5
    assert len(packs) < 5_500
