"""Places in a pasted text: from an offset to line and column, and the quoted line with a caret under it."""

from __future__ import annotations

import re
import unicodedata

from ...errors import Where

WIDTH = 100
"""Characters of a line that are quoted; a longer line is windowed around the place."""

LINE_BREAK = re.compile(r"\r\n|\r|\n")
# `str.splitlines` also breaks at U+2028 and others, which stand unescaped in JSON strings.

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class Fault(Exception):
    """A text breaks the rules of its notation at `offset`."""

    def __init__(self, offset: int, sentence: str) -> None:
        super().__init__(sentence)
        self.offset = offset
        self.sentence = sentence


def line_of(text: str, offset: int) -> int:
    """The line of an offset, from 1."""
    return where_of(text, offset).line


def where_of(text: str, offset: int) -> Where:
    r"""Line and column of an offset, both from 1; the end of the text is a place too.

    >>> where_of("ab\ncd", 4)
    Where(line=2, column=2)
    """
    offset = max(0, min(offset, len(text)))
    if text[offset - 1 : offset + 1] == "\r\n":
        offset -= 1
    line, start = 1, 0
    for found in LINE_BREAK.finditer(text, 0, offset):
        line, start = line + 1, found.end()
    return Where(line, offset - start + 1)


def caret(text: str, where: Where) -> str:
    r"""The line of a place, and under it a caret.

    Tabs become four spaces, invisible characters a dot, and a long line is cut to about
    100 characters around the place. Wide characters count as two columns.

    >>> print(caret('{"a": tru}', Where(1, 7)))
    {"a": tru}
          ^
    """
    line = _line(text, where.line)
    column = where.column or len(line) - len(line.lstrip()) + 1
    at = max(0, min(column - 1, len(line)))
    start = max(0, min(at - WIDTH * 2 // 3, len(line) - WIDTH))
    before, after = line[start:at], line[at : start + WIDTH]
    head, tail = ("…" if start else ""), ("…" if len(line) > start + WIDTH else "")
    lead = head + _visible(before)
    return f"{lead}{_visible(after)}{tail}\n{' ' * _columns(lead)}^"


def _line(text: str, number: int) -> str:
    lines = LINE_BREAK.split(text, maxsplit=max(number, 1))
    return lines[min(max(number, 1), len(lines)) - 1]


def _visible(text: str) -> str:
    return "".join(_glyph(character) for character in text)


def _glyph(character: str) -> str:
    if character == "\t":
        return "    "
    if character == "\xa0" or unicodedata.category(character) in _INVISIBLE:
        return "·"
    return character


def _columns(text: str) -> int:
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
