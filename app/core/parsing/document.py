"""One decoded value of a paste, with the place of everything in it."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from . import json_scan, python_literal
from .base import Path
from .places import Fault

PYTHON_NOTE = "The text is a Python literal, as `print` shows it, and was read as one."

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class Document(Protocol):
    """A value, the notes on its decoding, and the offset of what lies at a path in it."""

    @property
    def value(self) -> Any: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    def offset(self, path: Path) -> int: ...


@dataclass(frozen=True, slots=True)
class Decoded:
    """The value of `text[start:end]`, or what lies in it at `prefix`."""

    value: Any
    text: str
    start: int
    end: int
    dialect: Literal["json", "python"]
    notes: tuple[str, ...] = ()
    prefix: Path = ()

    def offset(self, path: Path) -> int:
        """Offset in the whole text of the value at `path`, or of its innermost parent that exists."""
        path = self.prefix + path
        if self.dialect == "python":
            return self.start + python_literal.locate(self.text[self.start : self.end], path)
        return json_scan.locate(self.text, self.start, self.end, path)

    def child(self, index: int) -> Decoded:
        """The entry of an array as a document of its own."""
        return replace(self, value=self.value[index], prefix=(*self.prefix, index))


@dataclass(frozen=True, slots=True)
class Joined:
    """Several documents that are the entries of one list."""

    parts: Sequence[Decoded]

    @property
    def value(self) -> list[Any]:
        return [part.value for part in self.parts]

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(note for part in self.parts for note in part.notes))

    def offset(self, path: Path) -> int:
        if not path:
            return self.parts[0].offset(())
        return self.parts[int(path[0])].offset(path[1:])


def decode(text: str, start: int = 0, end: int | None = None) -> Decoded:
    """Decode one value, as JSON or else as a Python literal.

    Raises:
        Fault: the text is neither; the fault is that of the JSON.
    """
    end = len(text) if end is None else end
    try:
        value, notes = decode_json(text, start, end)
    except Fault as fault:
        return _decode_python(text, start, end, fault)
    return Decoded(value, text, start, end, "json", notes)


def decode_json(text: str, start: int, end: int) -> tuple[Any, tuple[str, ...]]:
    """The value of `text[start:end]`, and a note where an object has one key twice.

    Raises:
        Fault: it is not JSON, is nested too deeply, or holds half of a surrogate pair.
    """
    piece = text[start:end]
    repeated: dict[str, None] = {}
    try:
        value = json.loads(
            piece,
            object_pairs_hook=_collect(repeated),
            parse_constant=_refuse,
            parse_float=_finite,
            parse_int=_integer,
        )
    except (ValueError, RecursionError):
        raise json_scan.find_fault(text, start, end) or Fault(start, "This is not JSON.") from None
    suspicious = _SURROGATE_ESCAPE.search(piece) or _is_deep(value)
    if suspicious and (fault := json_scan.find_fault(text, start, end)):
        raise fault
    return value, tuple(
        f"The key `{key}` stands twice in one object; the last one counts." for key in repeated
    )


def _decode_python(text: str, start: int, end: int, fault: Fault) -> Decoded:
    try:
        found = python_literal.read(text[start:end])
    except Fault as inner:
        raise Fault(start + inner.offset, inner.sentence) from None
    if found is None:
        raise fault
    return Decoded(found[0], text, start, end, "python", (PYTHON_NOTE,))


def _collect(repeated: dict[str, None]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        collected = dict(pairs)
        if len(collected) != len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.update(dict.fromkeys(key for key, count in counts.items() if count > 1))
        return collected

    return collect


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number) or len(digits) > json_scan.MAX_DIGITS:
        raise ValueError(digits)
    return number


def _integer(digits: str) -> int:
    if len(digits) > json_scan.MAX_DIGITS:
        raise ValueError(digits)
    return int(digits)


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(json_scan.MAX_DEPTH):
        level = [inner for outer in level for inner in _entries(outer)]
        if not level:
            return False
    return True


def _entries(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
