"""The rows of a JSONL file, one at a time, with their lines; a line at fault does not end the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ..core.conversation import Conversation
from ..core.parsing import iterate_rows, read_row
from ..core.request_text import read_utf8
from ..errors import LossmaskError


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file, counted from 1: its conversation, or why it has none.

    `read` is how many bytes of the file were read up to its end.
    """

    line: int
    read: int
    content: Conversation | LossmaskError


def rows_of(stream: BinaryIO) -> Iterator[Row]:
    """Every row of a file, read as they are asked for; blank lines are none."""
    lines = _Lines(stream)
    while (content := _next(lines)) is not None:
        yield Row(lines.line, lines.read, content)


def _next(lines: _Lines) -> Conversation | LossmaskError | None:
    try:
        # Anew for each row, since a line that is not JSON would end one that goes on.
        found = next(iterate_rows(lines), None)
        return None if found is None else read_row(found[1])
    except LossmaskError as error:
        return error


class _Lines:
    """The file's lines as text, and how far they were read.

    No generator, which would end with the first line that is not UTF-8.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.line = 0
        self.read = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._stream)
        self.line += 1
        self.read += len(line)
        return read_utf8(line)
