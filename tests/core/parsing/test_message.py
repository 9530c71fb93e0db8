"""A message is kept as it is written, but for what templates could not take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lossmask.core.parsing.base import Misfit, Reading
from lossmask.core.parsing.message import read_message, read_tools


def _read(message: object, reading: Reading | None = None) -> dict[str, Any]:
    return read_message(message, 0, (0,), reading or Reading())


def _call(arguments: object) -> dict[str, Any]:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": ""},
        {"role": "user", "content": [{"type": "text", "text": "a"}, "b"]},
        {
            "role": "assistant",
            "content": "a",
            "reasoning_content": "r",
            "weight": 0,
            "train": False,
            "x": {"y": [1]},
        },
        {"role": "assistant", "content": "a", "thinking": "t"},
        {"role": "assistant", "reasoning_content": "r"},
        {"role": "assistant", "content": None, "tool_calls": [{"name": "f", "arguments": {"a": 1}}]},
        {"role": "assistant", "content": "a", "tool_calls": None},
        {"role": "tool", "content": {"temp": 21}, "tool_call_id": "1"},
        {"role": "tool", "content": [1, 2]},
    ],
)
def test_a_sound_message_stays_as_it_is(message: dict[str, Any]) -> None:
    reading = Reading()
    before = json.dumps(message)
    assert _read(message, reading) == message
    assert json.dumps(message) == before
    assert not reading.sentences


def test_arguments_that_are_json_text_become_an_object() -> None:
    reading = Reading()
    pasted = _call('{"city": "Paris"}')
    assert _read(pasted, reading) == _call({"city": "Paris"})
    assert list(reading.sentences) == ["Tool-call arguments were JSON text and were parsed."]
    assert pasted == _call('{"city": "Paris"}'), "what was decoded is not changed in place"


def test_arguments_can_be_left_as_text() -> None:
    reading = Reading(parse_arguments=False)
    assert _read(_call('{"city": "Paris"}'), reading) == _call('{"city": "Paris"}')
    assert not reading.sentences


@pytest.mark.parametrize("arguments", ["", "Paris", "[1]", '"a"', '{"a": NaN}', '{"a": 1', "[" * 5000])
def test_arguments_that_are_no_json_object_stay_text_with_a_note(arguments: str) -> None:
    reading = Reading()
    assert _read(_call(arguments), reading) == _call(arguments)
    assert "left as text" in next(iter(reading.sentences))


def test_arguments_without_a_function_around_them_are_parsed_too() -> None:
    message = {"role": "assistant", "content": "", "tool_calls": [{"name": "f", "arguments": "{}"}]}
    assert _read(message)["tool_calls"] == [{"name": "f", "arguments": {}}]


def test_the_older_function_call_becomes_a_tool_call() -> None:
    reading = Reading()
    old = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}
    new = {"type": "function", "function": {"name": "f", "arguments": {}}}
    assert _read(old, reading) == {"role": "assistant", "content": None, "tool_calls": [new]}
    assert _read({"role": "function", "name": "f", "content": "1"}, reading)["role"] == "tool"
    assert len(reading.sentences) == 3


def test_an_unusual_role_is_kept_with_a_note() -> None:
    reading = Reading()
    assert _read({"role": "human", "content": "a"}, reading)["role"] == "human"
    assert "`human` was kept" in next(iter(reading.sentences))


@pytest.mark.parametrize(
    ("message", "path", "words"),
    [
        ("a", (0,), "Message 0 is text"),
        (None, (0,), "Message 0 is null"),
        ({"content": "a"}, (0,), "Message 0 has no `role`"),
        ({"role": None, "content": "a"}, (0, "role"), "`role` of message 0 is null"),
        ({"role": "user"}, (0, "content"), "Message 0 has no `content`"),
        ({"role": "user", "content": None}, (0, "content"), "Message 0 has no `content`"),
        ({"role": "assistant", "content": None, "tool_calls": []}, (0, "content"), "no `content`"),
        ({"role": "user", "content": 3}, (0, "content"), "is a number; it is text"),
        ({"role": "user", "content": {"a": 1}}, (0, "content"), "is an object; it is text"),
        ({"role": "user", "content": ["a", 3]}, (0, "content", 1), "Part 1 of message 0 is a number"),
        (
            {"role": "assistant", "content": "", "tool_calls": 3},
            (0, "tool_calls"),
            "are a number, not a list",
        ),
        ({"role": "assistant", "content": "", "tool_calls": ["f"]}, (0, "tool_calls", 0), "Tool call 0"),
    ],
)
def test_a_misfit_names_the_message_and_leads_to_the_place(
    message: object, path: tuple[str | int, ...], words: str
) -> None:
    with pytest.raises(Misfit, match=words) as caught:
        _read(message)
    assert caught.value.path == path


def test_tools_may_be_json_text_and_functions_stand_for_them() -> None:
    reading = Reading()
    assert read_tools({"tools": '[{"name": "f"}]'}, (), reading) == ({"name": "f"},)
    assert read_tools({"functions": [{"name": "f"}]}, (), reading) == (
        {"type": "function", "function": {"name": "f"}},
    )
    assert len(reading.sentences) == 2


@pytest.mark.parametrize(
    ("row", "tools"), [({}, None), ({"tools": None}, None), ({"tools": ""}, None), ({"tools": []}, ())]
)
def test_no_tools(row: dict[str, Any], tools: object) -> None:
    assert read_tools(row, (), Reading()) == tools


@pytest.mark.parametrize("tools", [3, {"name": "f"}, ["f"], "oops", "3"])
def test_tools_that_are_no_list_of_objects_are_refused(tools: object) -> None:
    with pytest.raises(Misfit) as caught:
        read_tools({"tools": tools}, (), Reading())
    assert caught.value.path[0] == "tools"
