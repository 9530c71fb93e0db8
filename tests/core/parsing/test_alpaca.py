"""Alpaca's fields become a user's and an assistant's message."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.parsing.alpaca import detect, read
from lossmask.core.parsing.base import Misfit, Reading


def _turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in read(row, Reading()).messages]


def test_instruction_and_input_are_joined_by_a_line_break() -> None:
    row = {"instruction": "a", "input": "b", "output": "c"}
    assert detect(row) == 2
    assert _turns(row) == [("user", "a\nb"), ("assistant", "c")]


@pytest.mark.parametrize("empty", [{"input": ""}, {"input": None}, {}])
def test_without_an_input_the_instruction_stands_alone(empty: dict[str, Any]) -> None:
    assert _turns({"instruction": "a", "output": "c", **empty}) == [("user", "a"), ("assistant", "c")]


def test_the_names_of_dolly_are_known() -> None:
    assert _turns({"instruction": "a", "context": "b", "response": "c"}) == [
        ("user", "a\nb"),
        ("assistant", "c"),
    ]


def test_system_and_history_come_first() -> None:
    row = {"instruction": "a", "output": "c", "system": "s", "history": [["x", "y"], ["z", "w"]]}
    assert _turns(row) == [
        ("system", "s"),
        ("user", "x"),
        ("assistant", "y"),
        ("user", "z"),
        ("assistant", "w"),
        ("user", "a"),
        ("assistant", "c"),
    ]


def test_the_notes_say_what_became_of_each_field() -> None:
    reading = Reading()
    read({"instruction": "a", "input": "b", "output": "c", "history": [["x", "y"]], "text": "t"}, reading)
    notes = " ".join(reading.sentences)
    for words in (
        "`instruction` was read as the user's",
        "`input` was put under",
        "earlier turns",
        "left out: `text`",
    ):
        assert words in notes


@pytest.mark.parametrize(
    ("row", "path", "words"),
    [
        ([], (), "this is a list"),
        ({"output": "c"}, (), "needs `instruction`"),
        ({"instruction": "a"}, (), "needs `output`"),
        ({"instruction": "a", "output": 3}, ("output",), "`output` is a number"),
        ({"instruction": "a", "input": [1], "output": "c"}, ("input",), "`input` is a list"),
        ({"instruction": "a", "output": "c", "history": "x"}, ("history",), "a list of pairs"),
        (
            {"instruction": "a", "output": "c", "history": [["x", "y"], ["z"]]},
            ("history", 1),
            "Entry 1 of `history`",
        ),
    ],
)
def test_a_misfit_says_what_is_missing_and_where(row: Any, path: tuple[str | int, ...], words: str) -> None:
    with pytest.raises(Misfit, match=words) as caught:
        read(row, Reading())
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("row", "evidence"),
    [({"instruction": "a"}, 1), ({"instruction": 3, "output": "c"}, 0), ([], 0), (None, 0)],
)
def test_weak_evidence_and_none(row: object, evidence: int) -> None:
    assert detect(row) == evidence
