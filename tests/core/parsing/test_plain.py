"""Roles at line starts open turns; a text without them is one message of the user."""

from __future__ import annotations

import pytest
from lossmask.core.parsing.base import Misfit, Reading
from lossmask.core.parsing.plain import detect, read, read_text


def _turns(text: str) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in read_text(text, Reading()).messages]


@pytest.mark.parametrize(
    "text",
    [
        "User: a\nAssistant: b",
        "user: a\nassistant: b",
        "Human: a\n\nAI: b\n",
        "  USER :  a\r\n  ASSISTANT : b  \r\n",
        "### Instruction:\na\n\n### Response:\nb",
        "### Human: a### Assistant: b",
        "### Human: a\n### Assistant: b",
        "**User:** a\n**Assistant**: b",
        "User: a\nAssistant: b\nUser:\nAssistant:"[:20],
    ],
)
def test_the_marks_that_people_write(text: str) -> None:
    assert _turns(text) == [("user", "a"), ("assistant", "b")]


def test_turns_of_several_lines_keep_their_inner_white_space() -> None:
    text = "System: s\nUser: one\r\n\r\n  two\n\nAssistant:\n\tthree\n"
    assert _turns(text) == [("system", "s"), ("user", "one\n\n  two"), ("assistant", "three")]


def test_a_text_without_roles_is_one_message_with_a_note() -> None:
    reading = Reading()
    assert read_text(" Dear user,\nall is well: really. ", reading).messages == (
        {"role": "user", "content": "Dear user,\nall is well: really."},
    )
    assert "one message of the user" in next(iter(reading.sentences))


@pytest.mark.parametrize("text", ["Read this.\nUser: is a word here.", "To do:\nSystem: reboot"])
def test_one_mark_in_the_middle_of_a_text_makes_no_turns(text: str) -> None:
    assert _turns(text) == [("user", text)]


def test_text_before_the_roles_is_the_system_message() -> None:
    text = "Below is a task.\n\n### Instruction:\nadd\n\n### Input:\n1 2\n\n### Response:\n3"
    assert _turns(text) == [("system", "Below is a task."), ("user", "add\n1 2"), ("assistant", "3")]


def test_only_marks_of_the_first_style_open_turns() -> None:
    text = "### Human: a\nUser: not a turn\n### Assistant: b"
    assert _turns(text) == [("user", "a\nUser: not a turn"), ("assistant", "b")]
    assert _turns("User: a\n### Response: quoted\nAssistant: b")[0] == ("user", "a\n### Response: quoted")


def test_an_open_turn_of_the_assistant_is_left_out_with_a_note() -> None:
    reading = Reading()
    assert len(read_text("User: a\nAssistant:", reading).messages) == 1
    assert any("left out" in note for note in reading.sentences)


def test_names_that_are_not_roles_are_noted() -> None:
    reading = Reading()
    read_text("Human: a\nAI: b", reading)
    assert list(reading.sentences) == ["`Human` was read as `user`.", "`AI` was read as `assistant`."]


@pytest.mark.parametrize(
    "text", ["<|im_start|>user\nhi<|im_end|>", "[INST] hi [/INST]", "<start_of_turn>user"]
)
def test_a_text_that_looks_rendered_is_said_to(text: str) -> None:
    reading = Reading()
    read_text(text, reading)
    assert any("rendered already" in note for note in reading.sentences)


def test_binary_is_refused() -> None:
    with pytest.raises(Misfit, match="NUL"):
        read_text("a\0b", Reading())


def test_a_row_with_text_is_read_the_same_way() -> None:
    row = {"text": "### Human: a### Assistant: b"}
    assert detect(row) == 2
    assert [message["content"] for message in read(row, Reading()).messages] == ["a", "b"]


@pytest.mark.parametrize(
    ("row", "evidence"), [({"text": "hello"}, 1), ({"text": 3}, 0), ({}, 0), ("User: a", 0)]
)
def test_weak_evidence_and_none(row: object, evidence: int) -> None:
    assert detect(row) == evidence


@pytest.mark.parametrize("row", [{"text": " "}, {"text": 3}, {}, [], None])
def test_a_row_without_text_is_refused(row: object) -> None:
    with pytest.raises(Misfit):
        read(row, Reading())
