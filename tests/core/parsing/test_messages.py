"""OpenAI messages in each of the places where people keep them."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.parsing.base import Misfit, Reading
from lossmask.core.parsing.messages import detect, read

MESSAGES = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}


@pytest.mark.parametrize(
    "row",
    [
        MESSAGES,
        {"messages": MESSAGES},
        {"conversations": MESSAGES},
        {"conversation": MESSAGES},
        {"conversation": {"messages": MESSAGES, "tools": None}, "tokenizer": "bundled"},
        {"custom_id": "1", "body": {"messages": MESSAGES, "model": "m"}},
    ],
)
def test_the_messages_are_found(row: Any) -> None:
    assert detect(row) == 2
    assert list(read(row, Reading()).messages) == MESSAGES


def test_tools_and_documents_come_along_and_the_rest_is_named() -> None:
    reading = Reading()
    row = {"messages": MESSAGES, "tools": [TOOL], "documents": [{"text": "d"}], "model": "m", "seed": None}
    conversation = read(row, reading)
    assert conversation.tools == (TOOL,)
    assert conversation.extra == {"documents": [{"text": "d"}]}
    assert list(reading.sentences) == ["Not part of the conversation, and left out: `model`."]


def test_messages_stored_as_json_text_are_parsed() -> None:
    reading = Reading()
    row = {"messages": '[{"role": "user", "content": "a"}]'}
    assert read(row, reading).messages == ({"role": "user", "content": "a"},)
    assert "`messages` was JSON text and was parsed." in reading.sentences


def test_tools_in_a_wrapper_are_found_and_misfits_lead_to_them() -> None:
    with pytest.raises(Misfit) as caught:
        read({"conversation": {"messages": MESSAGES, "tools": [1]}}, Reading())
    assert caught.value.path == ("conversation", "tools", 0)


@pytest.mark.parametrize(
    ("row", "evidence"),
    [
        ({"messages": []}, 1),
        ({"messages": [{"content": "a"}]}, 1),
        ({"messages": "x"}, 1),
        ({"messages": None}, 0),
        ({"messages": [{"from": "human", "value": "a"}]}, 0),
        ({"conversations": []}, 0),
        ([], 0),
        ([1, "a", None], 0),
        ("a", 0),
        (None, 0),
        (3, 0),
    ],
)
def test_weak_evidence_and_none(row: object, evidence: int) -> None:
    assert detect(row) == evidence


@pytest.mark.parametrize(
    ("row", "path", "words"),
    [
        ({"messages": []}, ("messages",), "no messages"),
        ({"messages": 3}, ("messages",), "`messages` is a number"),
        ({"messages": "{"}, ("messages",), "not JSON text"),
        ({"other": 1}, (), "need a list `messages`"),
        ("text", (), "need a list `messages`"),
        (
            {"body": {"messages": [{"role": 1}]}},
            ("body", "messages", 0, "role"),
            "`role` of message 0 is a number",
        ),
    ],
)
def test_a_misfit_says_what_is_missing_and_where(
    row: object, path: tuple[str | int, ...], words: str
) -> None:
    with pytest.raises(Misfit, match=words) as caught:
        read(row, Reading())
    assert caught.value.path == path
