"""Prompt and completion, each a text or a list of messages."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.parsing.base import Misfit, Reading
from lossmask.core.parsing.prompt_completion import detect, read

USER = {"role": "user", "content": "a"}
ASSISTANT = {"role": "assistant", "content": "b"}


@pytest.mark.parametrize("prompt", ["a", [USER]])
@pytest.mark.parametrize("completion", ["b", [ASSISTANT]])
@pytest.mark.parametrize("key", ["completion", "response"])
def test_texts_and_lists_give_the_same_messages(prompt: Any, completion: Any, key: str) -> None:
    row = {"prompt": prompt, key: completion}
    assert detect(row) == 2
    assert read(row, Reading()).messages == (USER, ASSISTANT)


def test_two_texts_are_said_to_be_joined_by_some_trainers() -> None:
    reading = Reading()
    read({"prompt": "a", "completion": "b"}, reading)
    assert any("no chat template" in note for note in reading.sentences)


def test_a_list_of_completion_messages_says_where_it_begins() -> None:
    reading = Reading()
    read({"prompt": [USER, ASSISTANT, USER], "completion": [ASSISTANT]}, reading)
    assert "`completion` begins at message 3." in reading.sentences


def test_system_and_tools_of_the_row() -> None:
    row = {"prompt": "a", "completion": "b", "system": "s", "tools": [{"name": "f"}]}
    conversation = read(row, Reading())
    assert conversation.role(0) == "system"
    assert conversation.tools == ({"name": "f"},)


@pytest.mark.parametrize(
    ("row", "path", "words"),
    [
        ([], (), "it is a list"),
        ({"completion": "b"}, (), "no `prompt`"),
        ({"prompt": "a"}, (), "no `completion`"),
        ({"prompt": "a", "chosen": "b", "rejected": "c"}, (), "preference row"),
        ({"prompt": 3, "completion": "b"}, ("prompt",), "`prompt` is a number"),
        ({"prompt": "a", "completion": []}, ("completion",), "an empty list"),
        ({"prompt": [USER], "completion": [{"content": "b"}]}, ("completion", 0), "Message 1 has no `role`"),
    ],
)
def test_a_misfit_says_what_is_missing_and_where(row: Any, path: tuple[str | int, ...], words: str) -> None:
    with pytest.raises(Misfit, match=words) as caught:
        read(row, Reading())
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("row", "evidence"), [({"prompt": "a"}, 1), ({"prompt": 3}, 0), ({"completion": "b"}, 0), ([], 0)]
)
def test_weak_evidence_and_none(row: object, evidence: int) -> None:
    assert detect(row) == evidence
