"""The two columns: turns side by side, pieces that tile each side, places where a side lacks something."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lossmask.core.analysis import Analysis
from lossmask.core.comparison import Comparison
from lossmask.core.example import MASKED
from lossmask.engine.compare import comparison
from lossmask.web.views.compare_rows import LONG, MOST_DRAWN, RowView, SideOfRow, row_views

from tests.factory import CHAT, Word, analysis, conversation


def made(words: list[Word] | tuple[Word, ...], *, ids: list[int] | None = None) -> Analysis:
    """An analysis of these words, under ids of their own where they are given."""
    found = analysis(words)
    if ids is None:
        return found
    row = found.examples[0]
    own = np.array(ids, dtype=np.int32)
    labels = np.where(row.example.labels == MASKED, MASKED, own)
    example = replace(row.example, tokens=replace(row.example.tokens, ids=own), labels=labels)
    return replace(found, examples=(replace(row, example=example),))


def rows(found: Comparison) -> tuple[RowView, ...]:
    return row_views(found, (conversation(), conversation()))


def positions(sides: list[SideOfRow | None]) -> list[int]:
    """Every token that is drawn, in order."""
    return [
        piece.start + offset
        for side in sides
        if side is not None
        for piece in side.pieces
        for offset in range(len(piece.tokens))
    ]


def test_turns_stand_beside_each_other_and_pieces_tile_them() -> None:
    flipped = [replace(word, trained=not word.trained) for word in CHAT]
    found = rows(comparison(made(CHAT), made(flipped)))
    assert [row.role for row in found] == ["start", "user", "assistant"]
    for side in ("a", "b"):
        assert positions([getattr(row, side) for row in found]) == list(range(len(CHAT)))
    (user,) = [row for row in found if row.role == "user"]
    assert user.a is not None
    assert [(piece.letter, piece.sentence) for piece in user.a.pieces] == [("b", "masked in A, trained in B")]


def test_a_difference_over_two_turns_is_linked_to_once() -> None:
    flipped = [replace(word, trained=k in (3, 4, 5)) for k, word in enumerate(CHAT)]
    found = rows(comparison(made([replace(word, trained=False) for word in CHAT]), made(flipped)))
    pieces = [piece for row in found if row.b for piece in row.b.pieces if piece.number]
    assert [(piece.number, piece.first) for piece in pieces] == [(1, True), (1, False)]


def test_a_turn_that_one_side_has_alone() -> None:
    ids = list(range(100, 109))
    found = rows(comparison(made(CHAT, ids=ids), made(CHAT[:5], ids=ids[:5])))
    assert [(row.a is None, row.b is None) for row in found] == [
        (False, False),
        (False, False),
        (False, True),
    ]
    last = found[1].b
    assert last is not None
    assert [(piece.number, len(piece.tokens)) for piece in last.pieces] == [(None, 4), (1, 0)]


def test_the_place_of_what_a_side_lacks_is_between_its_tokens() -> None:
    ids = list(range(100, 109))
    less = [*CHAT[:7], CHAT[8]]
    found = rows(comparison(made(CHAT, ids=ids), made(less, ids=[*ids[:7], ids[8]])))
    assistant = found[2].b
    assert assistant is not None
    assert [(piece.start, len(piece.tokens), piece.number) for piece in assistant.pieces] == [
        (5, 2, None),
        (7, 0, 1),
        (7, 1, None),
    ]


def test_of_a_long_run_that_agrees_both_ends_are_drawn() -> None:
    words = [*CHAT[:2], *[Word("a", 0)] * LONG, *CHAT[5:]]
    (user,) = [row for row in rows(comparison(made(words), made(words))) if row.role == "user"]
    assert user.a is not None
    assert [piece.left_out > 0 for piece in user.a.pieces] == [False, True, False]
    assert sum(len(piece.tokens) + piece.left_out for piece in user.a.pieces) == LONG + 1


@pytest.mark.parametrize("cut", [0, 40])
def test_only_so_many_tokens_are_drawn(cut: int) -> None:
    words = [Word("a", 0, trained=k % 2 == 0) for k in range(MOST_DRAWN + 50)]
    other = [replace(word, trained=False) for word in words[: len(words) - cut]]
    found = rows(comparison(made(words), made(other)))
    assert len(positions([row.a for row in found])) == MOST_DRAWN
