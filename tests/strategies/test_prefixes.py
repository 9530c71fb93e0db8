"""Turns placed by prefix renders, and the overlap rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lossmask.core.conversation import Conversation
from lossmask.core.provenance import Rendering
from lossmask.core.tokens import Tokens
from lossmask.strategies.context import Context
from lossmask.strategies.prefixes import Prefixes, overlapping
from lossmask.strategies.turns import Turns

EMPTY = np.zeros(0, dtype=np.int32)
MESSAGES = tuple({"role": role, "content": text} for role, text in (("u", "hi"), ("a", "ho"), ("u", "go")))
WHOLE = "<u>hi;<a>ho;<u>go;"


class Letters:
    """A token a character."""

    def encode(self, text: str) -> str:
        return text


class Renders:
    """Counts what it is asked for."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, conversation: Conversation, add_generation_prompt: bool) -> str:
        self.count += 1
        texts = [f"<{message['role']}>{message['content']};" for message in conversation.messages]
        return "".join(texts) + "<a>" * add_generation_prompt


def prefixes(render: Any) -> Prefixes:
    rendering = Rendering(WHOLE, (), EMPTY, EMPTY, EMPTY)
    turns = Turns(EMPTY, EMPTY.astype(np.uint8), EMPTY, ())
    tokens: Any = Letters()
    conversation = Conversation(MESSAGES)
    return Prefixes(Context(conversation, rendering, tokens, turns, tokens, render, render, {}))


def test_a_turn_reaches_from_the_generation_prompt_to_its_end() -> None:
    start, end = prefixes(Renders()).character_span(1, WHOLE) or (0, 0)
    assert WHOLE[start:end] == "ho;"


def test_nothing_precedes_the_first_message() -> None:
    assert prefixes(Renders()).character_span(0, WHOLE) == (0, len("<u>hi;"))


@pytest.mark.parametrize("whole", ["<u>hi;<a>HO;<u>go;", "<u>hi;<b>ho;<u>go;", "<u>hi;<a>"])
def test_a_prefix_that_is_none_tells_no_span(whole: str) -> None:
    assert prefixes(Renders()).character_span(1, whole) is None


def test_tokens_are_counted_and_cut() -> None:
    assert prefixes(Renders()).token_span(1) == (9, 12)
    assert prefixes(Renders()).token_span(1, 10) == (9, 10)


def test_each_prefix_is_rendered_once() -> None:
    render = Renders()
    found = prefixes(render)
    found.character_span(1, WHOLE)
    found.token_span(1)
    assert render.count == 2


def test_a_token_counts_by_any_character_in_a_span() -> None:
    offsets = np.array([[0, 2], [2, 5], [5, 5], [5, 8], [8, 9]], dtype=np.int32)
    tokens = Tokens(np.arange(5, dtype=np.int32), offsets, ["x"] * 5, np.zeros(5, dtype=np.bool_))
    assert overlapping(tokens, [(4, 8)]).tolist() == [False, True, False, True, False]
    assert overlapping(tokens, [(0, 1), (8, 9)]).tolist() == [True, False, False, False, True]
    assert not overlapping(tokens, []).any()
