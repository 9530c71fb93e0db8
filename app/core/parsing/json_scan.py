"""A JSON scanner that knows where it is: the first fault of a text, and the place of any value in it.

Values come from the standard library's decoder, which is fast but names neither the
place of a value nor a mistake in plain words. This scanner runs only where one of the
two is wanted. It keeps its own stack, so no depth of nesting can exhaust Python's.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import json_hints as hints
from .base import Path
from .places import Fault

MAX_DEPTH = 100
"""Levels of nesting; chat data has about ten, and every later walk over a value may recurse."""

MAX_DIGITS = 4000
"""Digits of a number; Python itself refuses to convert more than 4300."""

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.+-])")
_WORD = re.compile(r"(?:true|false|null)(?!\w)")
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
_CLOSE = {"{": "}", "[": "]"}


@dataclass(slots=True)
class Open:
    """A bracket not closed yet, and the key or index of the value that is being read in it."""

    bracket: str
    offset: int
    key: str | int = -1
    fresh: bool = True


def find_fault(text: str, start: int, end: int) -> Fault | None:
    """The first place where `text[start:end]` breaks the rules of JSON, or None."""
    try:
        for _ in values(text, start, end):
            pass
    except Fault as fault:
        return fault
    return None


def locate(text: str, start: int, end: int, path: Path) -> int:
    """Offset of the value at `path`, or of the innermost value on the way to it that exists.

    Of two equal keys the last counts, as for the decoder.

    >>> locate('{"messages": [{"content": "hi"}]}', 0, 33, ("messages", 0, "role"))
    14
    """
    found = {0: start}
    for offset, at in values(text, start, end):
        depth = len(at)
        if at == path[:depth]:
            found = {level: place for level, place in found.items() if level < depth}
            found[depth] = offset
    return found[max(found)]


def values(text: str, start: int, end: int) -> Iterator[tuple[int, Path]]:
    """Offset and path of every value of one JSON text, outermost first.

    Raises:
        Fault: where the text stops being JSON.
    """
    scan = _Scan(text, start, end)
    while not scan.done:
        yield scan.value()
        scan.advance()


class _Scan:
    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.at, self.end = text, start, end
        self.stack: list[Open] = []
        self.done = False

    def value(self) -> tuple[int, Path]:
        start = self._skip()
        path = tuple(level.key for level in self.stack)
        if self._char(start) in _CLOSE:
            self._open(start)
        else:
            self.at = self._scalar(start)
        return start, path

    def advance(self) -> None:
        """Go to the next value: over closing brackets, a comma, a key and its colon."""
        while self.stack:
            top = self.stack[-1]
            at = self._skip()
            if self._char(at) == _CLOSE[top.bracket]:
                self.stack.pop()
                self.at = at + 1
                continue
            return self._enter(top, at)
        self._finish()

    def _enter(self, top: Open, at: int) -> None:
        if not top.fresh:
            self._comma(top, at)
        top.fresh = False
        top.key = self._key() if top.bracket == "{" else int(top.key) + 1

    def _comma(self, top: Open, at: int) -> None:
        if self._char(at) != ",":
            raise Fault(*hints.separator(self.text, at, self.end, top.bracket, top.offset))
        self.at = at + 1
        if self._char(self._skip()) in ("}", "]"):
            raise Fault(at, hints.TRAILING_COMMA)

    def _key(self) -> str:
        start = self._skip()
        if self._char(start) != '"':
            raise Fault(*hints.key(self.text, start, self.end, self.stack[-1].offset))
        self.at = self._string(start)
        key = str(json.loads(self.text[start : self.at]))
        at = self._skip()
        if self._char(at) != ":":
            raise Fault(*hints.colon(self.text, at, self.end, key))
        self.at = at + 1
        return key

    def _open(self, start: int) -> None:
        if len(self.stack) == MAX_DEPTH:
            raise Fault(start, f"The text is nested more than {MAX_DEPTH} levels deep.")
        self.stack.append(Open(self.text[start], start))
        self.at = start + 1

    def _scalar(self, start: int) -> int:
        if self._char(start) == '"':
            return self._string(start)
        if number := _NUMBER.match(self.text, start, self.end):
            return self._number(number)
        if word := _WORD.match(self.text, start, self.end):
            return word.end()
        opened = self.stack[-1].offset if self.stack else None
        raise Fault(*hints.value(self.text, start, self.end, opened))

    def _number(self, number: re.Match[str]) -> int:
        digits = number.group()
        is_whole = digits.lstrip("-").isdigit()
        if len(digits) > MAX_DIGITS or (not is_whole and math.isinf(float(digits))):
            raise Fault(number.start(), "The number is too large.")
        return number.end()

    def _string(self, start: int) -> int:
        string = _STRING.match(self.text, start, self.end)
        if string is None:
            raise Fault(*hints.string(self.text, start, self.end))
        for escape in _ESCAPE.finditer(self.text, start, string.end()):
            if escape.group(1):
                raise Fault(escape.start(), hints.lone_surrogate(escape.group(1)))
        return string.end()

    def _finish(self) -> None:
        at = self._skip()
        if at < self.end:
            raise Fault(at, hints.after_the_end(self.text[at]))
        self.done = True

    def _skip(self) -> int:
        found = _SPACE.match(self.text, self.at, self.end)
        return found.end() if found else self.at

    def _char(self, at: int) -> str:
        return self.text[at] if at < self.end else ""
