"""The quirks of transformers' mask, each on tokens made for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from lossmask.core.conversation import Conversation
from lossmask.core.provenance import Rendering
from lossmask.core.tokens import Tokens
from lossmask.strategies.context import Context
from lossmask.strategies.generation_tags import STRATEGY
from lossmask.strategies.turns import Turns

EMPTY = np.zeros(0, dtype=np.int32)


def trained(
    offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]], length: int | None = None
) -> str:
    """One letter a token: T or m."""
    text = "x" * max((end for _, end in offsets), default=0)
    rendering = Rendering(text, (), EMPTY, EMPTY, EMPTY, tuple(spans))
    count = len(offsets)
    tokens = Tokens(
        np.arange(count, dtype=np.int32),
        np.array(offsets, dtype=np.int32).reshape(-1, 2),
        ["x"] * count,
        np.zeros(count, dtype=np.bool_),
    )
    turns = Turns(EMPTY, EMPTY.astype(np.uint8), EMPTY, ())
    context = Context(Conversation(()), rendering, tokens, turns, None, str, None, {})  # type: ignore[arg-type]
    [example] = STRATEGY.examples(context, {"max_length": length})
    return "".join("m" if label == -100 else "T" for label in example.labels.tolist())


def test_whole_tokens() -> None:
    assert trained([(0, 2), (2, 4), (4, 6), (6, 8)], [(2, 6)]) == "mTTm"


def test_a_straddling_token_is_trained_whole() -> None:
    assert trained([(0, 3), (3, 6)], [(2, 6)]) == "TT"


def test_only_the_first_token_of_a_split_last_character() -> None:
    assert trained([(0, 2), (2, 3), (2, 3), (2, 3), (3, 4)], [(0, 3)]) == "TTmmm"


def test_a_block_that_ends_at_token_0_runs_to_the_end() -> None:
    assert trained([(0, 2), (2, 4), (4, 6)], [(0, 2)]) == "TTT"


def test_a_block_whose_end_no_token_covers_runs_to_the_end() -> None:
    assert trained([(0, 2), (2, 4), (5, 6), (6, 8)], [(2, 5)]) == "mTTT"


def test_a_block_whose_start_no_token_covers_ends_the_search() -> None:
    assert trained([(0, 2), (3, 4), (4, 6), (6, 8)], [(2, 4), (6, 8)]) == "mmmm"


def test_an_empty_block_ends_at_the_token_before_it() -> None:
    assert trained([(0, 2), (2, 4), (4, 6)], [(2, 2)]) == "mTT"
    assert trained([(0, 2), (2, 4), (4, 6), (6, 8)], [(4, 4)]) == "mmmm"


def test_no_blocks_train_nothing() -> None:
    assert trained([(0, 2), (2, 4)], []) == "mm"


def test_truncation_comes_first() -> None:
    assert trained([(0, 2), (2, 4), (4, 6), (6, 8)], [(2, 8)], length=3) == "mTT"
    assert trained([(0, 2), (2, 4), (4, 6), (6, 8)], [(6, 8)], length=3) == "mmm"
