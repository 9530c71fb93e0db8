"""Turns as rows, and the folding of long ones."""

from __future__ import annotations

import numpy as np
from lossmask.web.views.columns import states
from lossmask.web.views.turns import FOLD_ABOVE, HEAD, TurnView, turn_views

from tests.factory import CHAT, Word, analysed, conversation


def rows(words: list[Word] | tuple[Word, ...], *roles: str) -> tuple[TurnView, ...]:
    made = analysed(words)
    return turn_views(made, states(made.example), conversation(*roles), 0, len(words))


def test_a_row_for_each_turn_and_one_for_what_the_template_wrote() -> None:
    found = rows(CHAT)
    assert [(row.role, row.length, row.trained) for row in found] == [
        ("start", 1, 0),
        ("user", 4, 0),
        ("assistant", 4, 3),
    ]
    assert found[2].sentence == "assistant, 4 tokens, 3 trained"


def test_rows_tile_the_tokens() -> None:
    found = rows(CHAT)
    assert [row.start for row in found] + [len(CHAT)] == [0] + [row.end for row in found]


def test_tools_stand_in_the_system_row() -> None:
    words = [Word("a", None, "system"), Word("b", None, "tools"), Word("c", None, "system"), Word("d", 0)]
    assert [(row.role, row.length) for row in rows(words)] == [("system", 3), ("user", 1)]


def test_short_examples_are_never_folded() -> None:
    words = [Word("a", 0)] * 2_000
    assert [block.folded for row in rows(words) for block in row.blocks] == [False]


def test_long_turns_of_long_examples_show_head_tail_and_boundaries() -> None:
    words = [Word("a", 0, trained=5_000 <= index < 5_010) for index in range(FOLD_ABOVE + 1)]
    blocks = rows(words)[0].blocks
    assert [block.start for block in blocks[1:]] == [block.end for block in blocks[:-1]]
    shown = np.concatenate([np.arange(block.start, block.end) for block in blocks if not block.folded])
    assert set(range(HEAD)) | set(range(4_980, 5_030)) | {len(words) - 1} <= set(shown.tolist())
    assert len(shown) < 500


def test_a_turn_of_an_unknown_message_keeps_its_place() -> None:
    assert [row.role for row in rows([Word("a", 7)])] == ["template"]
