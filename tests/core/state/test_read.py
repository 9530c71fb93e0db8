"""Fields of a state: what is refused by name, what is filled in, and how old versions come forward."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.conversation import Conversation
from lossmask.core.request import Choice
from lossmask.core.state import Pasted, SharedTemplate, SharedTokenizer, State, View, read_state
from lossmask.core.state.migrate import STEPS, migrated
from lossmask.core.state.read import VERSION
from lossmask.errors import ConversationError, LinkError

LEAST: dict[str, Any] = {"v": 1, "conversation": {"text": "User: hi\nAssistant: ho"}}
STRUCTURE: dict[str, Any] = {"roles": ["user"], "examples": [[[0, "content", "trained", 2]]]}


def test_what_is_left_out_is_at_its_default() -> None:
    state = read_state(LEAST)
    assert state == State("", Pasted(LEAST["conversation"]["text"]))
    assert (state.tokenizer, state.template, state.view) == (SharedTokenizer(), SharedTemplate(), View())
    assert state.strategy == Choice("assistant-turns")


def test_defaults_are_not_written() -> None:
    written = State("0.1.0", Pasted("hi")).as_json()
    assert written == {
        "v": 1,
        "app": "0.1.0",
        "conversation": {"text": "hi"},
        "strategy": {"name": "assistant-turns"},
    }


def test_null_is_the_default_too() -> None:
    names = ("tokenizer", "template", "template_arguments", "strategy", "reduction", "view", "check")
    assert read_state({**LEAST, **dict.fromkeys(names)}) == read_state(LEAST)


def test_fields_of_later_versions_are_passed_over() -> None:
    assert read_state({**LEAST, "later": 1, "view": {"later": 2}}) == read_state(LEAST)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("app", 1),
        ("conversation", []),
        ("conversation", {"text": None}),
        ("conversation", {"text": "x", "format": "xml"}),
        ("conversation", {"text": "x", "format": []}),
        ("conversation", {"text": "x", "row": -1}),
        ("conversation", {"text": "x", "row": True}),
        ("conversation", {"messages": []}),
        ("conversation", {"messages": [{"content": "x"}]}),
        ("tokenizer", "bundled"),
        ("tokenizer", {"name": None}),
        ("tokenizer", {"loader": "fast"}),
        ("tokenizer", {"revision": 1}),
        ("template", {"name": "pasted"}),
        ("template", {"source": 1}),
        ("template", {"sha256": 1}),
        ("template_arguments", []),
        ("strategy", {"name": None}),
        ("strategy", {"options": []}),
        ("reduction", {}),
        ("reduction", "sum"),
        ("today", "yesterday"),
        ("today", 20261123),
        ("view", {"tab": "x"}),
        ("view", {"tab": []}),
        ("view", {"lens": 1}),
        ("view", {"example": -1}),
        ("view", {"page": 2**31}),
        ("view", {"pin": [1]}),
        ("view", {"pin": [2, 2]}),
        ("view", {"pin": [0, 2**31]}),
        ("view", {"step": "1"}),
        ("view", {"theme": "pink"}),
        ("versions", {"jinja2": 3}),
        ("digest", 1),
        ("check", {"tokens": 2, "every": 0, "digits": "AA"}),
        ("check", {"tokens": 2, "every": 1, "digits": "A"}),
        ("check", {"tokens": 2, "every": 1, "digits": "A!"}),
        ("check", {"tokens": 2, "every": 1}),
        ("structure", []),
        ("structure", {**STRUCTURE, "roles": [1]}),
        ("structure", {**STRUCTURE, "examples": {}}),
        ("structure", {**STRUCTURE, "examples": [[[0, "content", "trained"]]]}),
        ("structure", {**STRUCTURE, "examples": [[[1, "content", "trained", 2]]]}),
        ("structure", {**STRUCTURE, "examples": [[[0, "lid", "trained", 2]]]}),
        ("structure", {**STRUCTURE, "examples": [[[0, "content", "t", 2]]]}),
        ("structure", {**STRUCTURE, "examples": [[[0, "content", "trained", 0]]]}),
        ("structure", {**STRUCTURE, "examples": [[[0, "content", "trained", 2**30]]]}),
    ],
)
def test_a_field_of_another_type_is_named(name: str, value: object) -> None:
    with pytest.raises(LinkError) as raised:
        read_state({**LEAST, name: value})
    assert raised.value.code == "bad-link"
    assert raised.value.detail.startswith("The link does not hold what Lossmask writes: ")


def test_messages_stand_in_place_of_a_paste() -> None:
    state = read_state({"v": 1, "conversation": {"messages": [{"role": "user", "content": "hi"}]}})
    assert state.request().conversation == Conversation(({"role": "user", "content": "hi"},))


def test_the_request_of_a_state() -> None:
    state = read_state(
        {
            **LEAST,
            "tokenizer": {"name": "hub:a/b@main", "loader": "file", "revision": "cd" * 20},
            "template": {"name": "named:tool_use", "sha256": "ab"},
            "strategy": {"name": "full", "options": {"max_length": 3}},
            "today": "2026-11-23",
        }
    )
    asked = state.request()
    assert (asked.tokenizer, asked.tokenizer_loader) == (f"hub:a/b@{'cd' * 20}", "file")
    assert asked.chat_template == "named:tool_use"
    assert asked.strategy == Choice("full", {"max_length": 3})
    assert [message["role"] for message in asked.conversation.messages] == ["user", "assistant"]


def test_structure_alone_is_no_request() -> None:
    with pytest.raises(LinkError, match="labels and structure only") as raised:
        read_state({"v": 1, "structure": STRUCTURE}).request()
    assert raised.value.code == "link-structure"


def test_a_paste_that_cannot_be_read_is_so_when_it_is_read() -> None:
    with pytest.raises(ConversationError):
        read_state({"v": 1, "conversation": {"text": "[{]"}}).request()


def test_versions_come_forward_one_at_a_time() -> None:
    steps = {1: lambda old: {"b": old["a"]}, 2: lambda old: {"c": old["b"] + 1}}
    assert migrated({"v": 1, "a": 1}, 1, 3, steps) == {"v": 3, "c": 2}
    assert migrated({"v": 3, "c": 2}, 3, 3, steps) == {"v": 3, "c": 2}


def test_every_earlier_version_has_its_step() -> None:
    assert set(STEPS) == set(range(1, VERSION))
