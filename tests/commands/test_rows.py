"""Rows of a file: which line each is, and what a line at fault says."""

from __future__ import annotations

import io

from lossmask.commands.rows import rows_of
from lossmask.core.conversation import Conversation
from lossmask.errors import LossmaskError

ROW = b'{"prompt": "a", "completion": "b"}'


def test_rows_know_their_line_and_how_far_the_file_is_read() -> None:
    data = b"\xef\xbb\xbf" + ROW + b"\r\n\n  \n" + ROW + b"\n"
    found = list(rows_of(io.BytesIO(data)))
    assert [(row.line, row.read) for row in found] == [(1, 3 + len(ROW) + 2), (4, len(data))]
    assert all(isinstance(row.content, Conversation) for row in found)


def test_every_line_at_fault_is_told_and_the_next_is_read() -> None:
    lines = [b"{", b'"\xff"', b"[]", b'{"a": 1}', ROW]
    found = list(rows_of(io.BytesIO(b"\n".join(lines))))
    assert [row.line for row in found] == [1, 2, 3, 4, 5]
    assert [isinstance(row.content, LossmaskError) for row in found] == [True, True, True, True, False]
    assert isinstance(found[1].content, LossmaskError)
    assert "UTF-8" in found[1].content.detail


def test_rows_are_read_when_they_are_asked_for() -> None:
    stream = io.BytesIO((ROW + b"\n") * 3)
    next(rows_of(stream))
    assert stream.tell() == len(ROW) + 1
