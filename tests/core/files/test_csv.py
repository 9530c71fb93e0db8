"""The table of tokens, read back by a reader of CSV and looked at as a spreadsheet would."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from lossmask.core.files import as_csv
from lossmask.core.files.csv import COLUMNS, guarded

from tests.core.files.bodies import HOSTILE_CHAT, body_for

FORMULA = tuple("=+-@\t\r\n")


def rows(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_every_token_is_a_row() -> None:
    body = body_for()
    example = body.analysis.examples[0]
    found = rows(as_csv(body.analysis, body.conversation))
    assert tuple(found[0]) == COLUMNS
    assert [int(row["id"]) for row in found] == example.example.tokens.ids.tolist()
    assert [int(row["label"]) for row in found] == example.example.labels.tolist()
    trained = [row["state"] == "trained" for row in found]
    assert trained == example.example.used.tolist()
    assert {row["role"] for row in found} == {"user", "assistant"}
    assert sum(float(row["contribution"]) for row in found) == pytest.approx(1)
    assert all(row["reason"].startswith(("Trained", "Masked")) for row in found)


def test_text_comes_back_once_the_apostrophe_is_taken_off() -> None:
    body = body_for(HOSTILE_CHAT, chat_template="bundled:llama-3")
    example = body.analysis.examples[0].example
    found = [row["text"].removeprefix("'") for row in rows(as_csv(body.analysis, body.conversation))]
    expected = [example.rendering.text[start:end] for start, end in example.tokens.offsets.tolist()]
    assert found == expected


def test_no_cell_of_text_is_a_formula() -> None:
    body = body_for(HOSTILE_CHAT)
    for row in rows(as_csv(body.analysis, body.conversation)):
        for name in ("piece", "text", "role", "part", "reason", "state"):
            assert not row[name].startswith(FORMULA)
            assert not row[name].lstrip(" ").startswith(FORMULA)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r", "  =1", "'=1", "\uff1d1"])
def test_what_a_spreadsheet_would_compute_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "hi", "1-1", " a"])
def test_what_it_would_not_stays(text: str) -> None:
    assert guarded(text) == text


def test_lines_end_as_the_standard_has_it() -> None:
    body = body_for({"messages": [{"role": "user", "content": "hi"}]})
    text = as_csv(body.analysis, body.conversation)
    assert text.endswith("\r\n")
    assert text.splitlines()[0] == "\ufeff" + ",".join(COLUMNS)


def test_examples_are_told_apart() -> None:
    body = body_for()
    twice = replace(body.analysis, examples=body.analysis.examples * 2)
    numbers = [row["example"] for row in rows(as_csv(twice, body.conversation))]
    assert numbers == sorted(numbers)
    assert set(numbers) == {"1", "2"}
