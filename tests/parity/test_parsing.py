"""The golden conversations are read back exactly, whatever notation or container they are pasted in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lossmask.core.parsing import open_paste, parse

pytestmark = pytest.mark.parity


@pytest.fixture
def golden(shared: Path) -> str:
    return (shared / "golden" / "conversations.jsonl").read_text(encoding="utf-8")


def _rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.split("\n") if line]


def test_every_row_is_read_as_it_is(golden: str) -> None:
    paste, rows = open_paste(golden), _rows(golden)
    assert paste.container == "jsonl"
    assert paste.rows == len(rows) >= 35
    for number, row in enumerate(rows):
        parsed = parse(paste, row=number)
        tools = row.get("tools")
        assert list(parsed.conversation.messages) == row["messages"]
        assert parsed.conversation.tools == (None if tools is None else tuple(tools))
        assert (parsed.format, parsed.candidates) == ("messages", ())
        assert parsed.notes == ("Not part of the conversation, and left out: `id`.",)


def test_every_notation_gives_the_same(golden: str) -> None:
    for row in _rows(golden):
        for text in (json.dumps(row), json.dumps(row, indent=2, ensure_ascii=False), str(row)):
            assert list(parse(text).conversation.messages) == row["messages"], row["id"]


def test_an_array_of_the_rows_gives_the_same(golden: str) -> None:
    rows = _rows(golden)
    paste = open_paste(json.dumps(rows, indent=1))
    assert paste.container == "array"
    for number, row in enumerate(rows):
        assert list(parse(paste, row=number).conversation.messages) == row["messages"]
