"""Tokens in lines of cells, as a terminal has them: two cells for a wide character, none for a mark."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .sheet import DrawnToken


class Piece(NamedTuple):
    """Some cells of one token on one line; `first` where the token begins here."""

    token: DrawnToken
    text: str
    column: int
    cells: int
    first: bool


def cells(text: str) -> int:
    """How many cells a text takes.

    >>> cells("ab"), cells("日本"), cells("e\u0301")
    (2, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def broken(tokens: Sequence[DrawnToken], columns: int) -> Iterator[list[Piece]]:
    """Lines of pieces: a token goes to the next line whole where it fits there, else it is broken."""
    line: list[Piece] = []
    column = 0
    for token in tokens:
        first = True
        for rest, breaks in _segments(token.text):
            while rest:
                room = columns - column
                taken = _head(rest, room)
                if len(taken) < len(rest) and (not taken or (column and cells(rest) <= columns)):
                    yield line
                    line, column = [], 0
                    continue
                line.append(Piece(token, taken, column, cells(taken), first))
                column, first, rest = column + cells(taken), False, rest[len(taken) :]
            if breaks:
                yield line
                line, column = [], 0
        if first:
            line.append(Piece(token, "", column, 0, True))
    if line:
        yield line


def _segments(text: str) -> list[tuple[str, bool]]:
    """The text between line breaks, and whether one follows."""
    lines = text.split("\n")
    return [(line, index < len(lines) - 1) for index, line in enumerate(lines)]


def _head(text: str, room: int) -> str:
    """As many characters as have room."""
    if text.isascii():
        return text[: max(room, 0)]
    used = 0
    for index, character in enumerate(text):
        used += _width(character)
        if used > room:
            return text[:index]
    return text
