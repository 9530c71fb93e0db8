"""ShareGPT's speakers become roles, and its function calls tool calls."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.parsing.base import Misfit, Reading
from lossmask.core.parsing.sharegpt import detect, read

TURNS = [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b", "weight": 0}]


@pytest.mark.parametrize(
    "row", [TURNS, {"conversations": TURNS}, {"conversation": TURNS}, {"messages": TURNS}]
)
def test_speakers_become_roles_and_other_keys_stay(row: Any) -> None:
    reading = Reading()
    assert detect(row) == 2
    assert read(row, reading).messages == (
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b", "weight": 0},
    )
    assert list(reading.sentences) == [
        "ShareGPT `human` was read as `user`.",
        "ShareGPT `gpt` was read as `assistant`.",
    ]


@pytest.mark.parametrize(
    ("speaker", "role"),
    [
        ("system", "system"),
        ("tool", "tool"),
        ("observation", "tool"),
        ("function_response", "tool"),
        ("Human", "user"),
    ],
)
def test_every_known_speaker(speaker: str, role: str) -> None:
    assert read([{"from": speaker, "value": "a"}], Reading()).role(0) == role


def test_an_unknown_speaker_is_kept_with_a_note() -> None:
    reading = Reading()
    assert read([{"from": "narrator", "value": "a"}], reading).role(0) == "narrator"
    assert "`narrator` was kept" in next(iter(reading.sentences))


def test_a_function_call_becomes_a_tool_call() -> None:
    call = {"from": "function_call", "value": '{"name": "f", "arguments": "{\\"a\\": 1}"}'}
    (message,) = read([call], Reading()).messages
    function = {"name": "f", "arguments": {"a": 1}}
    assert message == {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"type": "function", "function": function}],
    }


def test_several_function_calls_in_one_value() -> None:
    (message,) = read([{"from": "tool_call", "value": '[{"name": "f"}, {"name": "g"}]'}], Reading()).messages
    assert [call["function"]["name"] for call in message["tool_calls"]] == ["f", "g"]


@pytest.mark.parametrize("value", ["f(1)", "{}", "[]", '{"name": 3}', "[1]"])
def test_a_function_call_that_is_not_json_with_a_name_stays_text(value: str) -> None:
    reading = Reading()
    assert read([{"from": "function_call", "value": value}], reading).messages == (
        {"role": "assistant", "content": value},
    )
    assert any("left as the assistant's text" in note for note in reading.sentences)


def test_system_and_tools_of_the_row() -> None:
    reading = Reading()
    row = {"conversations": TURNS, "system": "s", "tools": '[{"name": "f"}]', "source": "x"}
    conversation = read(row, reading)
    assert conversation.messages[0] == {"role": "system", "content": "s"}
    assert conversation.tools == ({"name": "f"},)
    assert "Not part of the conversation, and left out: `source`." in reading.sentences


def test_an_empty_system_text_adds_nothing() -> None:
    assert len(read({"conversations": TURNS, "system": "", "tools": ""}, Reading()).messages) == 2


def test_a_system_message_of_the_conversation_goes_before_the_field() -> None:
    reading = Reading()
    row = {"conversations": [{"from": "system", "value": "own"}, *TURNS], "system": "field"}
    assert [message["content"] for message in read(row, reading).messages] == ["own", "a", "b"]
    assert any("`system` was left out" in note for note in reading.sentences)


@pytest.mark.parametrize(
    ("row", "path", "words"),
    [
        ({}, (), "needs a list `conversations`"),
        ({"conversations": []}, ("conversations",), "no messages"),
        ({"conversations": {}}, ("conversations",), "is an object, not a list"),
        ({"conversations": [*TURNS, {"value": "c"}]}, ("conversations", 2), "Message 2 has no `from`"),
        ({"conversations": [{"from": "gpt"}]}, ("conversations", 0), "Message 0 has no `value`"),
        ({"conversations": [{"from": "gpt", "value": 3}]}, ("conversations", 0, "content"), "is a number"),
        ({"conversations": TURNS, "system": 3}, ("system",), "`system` is a number"),
    ],
)
def test_a_misfit_says_what_is_missing_and_where(
    row: object, path: tuple[str | int, ...], words: str
) -> None:
    with pytest.raises(Misfit, match=words) as caught:
        read(row, Reading())
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("row", "evidence"),
    [({"conversations": "x"}, 1), ({"conversations": [{"role": "user"}]}, 0), ({"messages": []}, 0), (3, 0)],
)
def test_weak_evidence_and_none(row: object, evidence: int) -> None:
    assert detect(row) == evidence
