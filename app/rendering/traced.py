"""A string that remembers where each run of its characters came from.

`Traced` is a `str`, so that a chat template cannot tell the difference, and carries
pieces: `(length, source, offset, turn)`.

    source   index into the tracker's sources, or UNKNOWN
    offset   where the piece starts in its source, or DERIVED where the characters are
             made from the source and not copied out of it
    turn     the message that the template was walking over when it wrote the piece, or -1

What is covered: joining, slicing, stripping, splitting, replacing, repeating, iterating.
What is not: a method that changes characters (`upper`, `format`, `%`) gives text that is
derived from its input as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, SupportsIndex, TypeAlias

Piece: TypeAlias = tuple[int, int, int, int]

UNKNOWN = -1
DERIVED = -1
NO_TURN = -1


class Traced(str):
    """Text with pieces whose lengths add up to its own."""

    __slots__ = ("_pieces",)
    _pieces: tuple[Piece, ...]

    def __new__(cls, text: str = "", pieces: tuple[Piece, ...] | None = None) -> Traced:
        self = str.__new__(cls, text)
        if pieces is None:
            pieces = pieces_of(text)
        self._pieces = pieces
        return self

    def __str__(self) -> Traced:
        return self

    def __add__(self, other: str) -> Traced:
        if not isinstance(other, str):
            return _reflected_add(self, other)
        return Traced(str.__add__(self, other), self._pieces + pieces_of(other))

    def __radd__(self, other: str) -> Traced:
        if not isinstance(other, str):
            return NotImplemented
        return Traced(str.__add__(other, self), pieces_of(other) + self._pieces)

    def __mul__(self, count: SupportsIndex) -> Traced:
        return Traced(str.__mul__(self, count), self._pieces * count.__index__())

    __rmul__ = __mul__

    def __mod__(self, values: Any) -> Traced:
        return derived(str.__mod__(self, values), self, values)

    def __iter__(self) -> Iterator[str]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, key: SupportsIndex | slice) -> Traced:
        text = str.__getitem__(self, key)
        if isinstance(key, slice):
            start, _, step = key.indices(len(self))
            return self._cut(start, text) if step == 1 else derived(text, self)
        start = key.__index__()
        return self._cut(start if start >= 0 else len(self) + start, text)

    def _cut(self, start: int, text: str) -> Traced:
        return Traced(text, cut(self._pieces, start, len(text)))

    def strip(self, chars: str | None = None) -> Traced:
        left = str.lstrip(self, chars)
        return self._cut(len(self) - len(left), str.rstrip(left, chars))

    def lstrip(self, chars: str | None = None) -> Traced:
        text = str.lstrip(self, chars)
        return self._cut(len(self) - len(text), text)

    def rstrip(self, chars: str | None = None) -> Traced:
        return self._cut(0, str.rstrip(self, chars))

    def removeprefix(self, prefix: str) -> Traced:
        text = str.removeprefix(self, prefix)
        return self._cut(len(self) - len(text), text)

    def removesuffix(self, suffix: str) -> Traced:
        return self._cut(0, str.removesuffix(self, suffix))

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        return self._locate(str.split(self, sep, maxsplit), sep)

    def rsplit(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        return self._locate(str.rsplit(self, sep, maxsplit), sep)

    def splitlines(self, keepends: bool = False) -> list[str]:
        lines = self._locate(str.splitlines(self, True), "")
        if keepends:
            return lines
        return [line[: len(bare)] for line, bare in zip(lines, str.splitlines(self), strict=True)]

    def partition(self, sep: str) -> tuple[str, str, str]:
        before, found, after = str.partition(self, sep)
        return self._triple(before, found, after)

    def rpartition(self, sep: str) -> tuple[str, str, str]:
        before, found, after = str.rpartition(self, sep)
        return self._triple(before, found, after)

    def _triple(self, first: str, second: str, third: str) -> tuple[str, str, str]:
        ahead = len(first) + len(second)
        return self._cut(0, first), self._cut(len(first), second), self._cut(ahead, third)

    def _locate(self, parts: list[str], separator: str | None) -> list[str]:
        located: list[str] = []
        position = 0
        for part in parts:
            # Runs of white space have no fixed length, but nothing else stands between two parts.
            start = str.find(self, part, position) if separator is None else position
            located.append(self._cut(start, part))
            position = start + len(part) + len(separator or "")
        return located

    def replace(self, old: str, new: str, count: SupportsIndex = -1) -> Traced:
        if not old:
            return derived(str.replace(self, old, new, count), self)
        if old not in self:
            return self
        return _trace(new).join(self.split(old, count))

    def join(self, items: Iterable[str]) -> Traced:
        parts = list(items)
        pieces: tuple[Piece, ...] = ()
        for index, part in enumerate(parts):
            pieces += (self._pieces if index else ()) + pieces_of(part)
        return Traced(str.join(self, parts), pieces)

    def format(self, *args: Any, **kwargs: Any) -> Traced:
        return derived(str.format(self, *args, **kwargs), self, args, kwargs)

    def capitalize(self) -> Traced:
        return derived(str.capitalize(self), self)

    def casefold(self) -> Traced:
        return derived(str.casefold(self), self)

    def center(self, width: SupportsIndex, fill: str = " ") -> Traced:
        return derived(str.center(self, width, fill), self)

    def expandtabs(self, size: SupportsIndex = 8) -> Traced:
        return derived(str.expandtabs(self, size), self)

    def ljust(self, width: SupportsIndex, fill: str = " ") -> Traced:
        return derived(str.ljust(self, width, fill), self)

    def lower(self) -> Traced:
        return derived(str.lower(self), self)

    def rjust(self, width: SupportsIndex, fill: str = " ") -> Traced:
        return derived(str.rjust(self, width, fill), self)

    def swapcase(self) -> Traced:
        return derived(str.swapcase(self), self)

    def title(self) -> Traced:
        return derived(str.title(self), self)

    def translate(self, table: Any) -> Traced:
        return derived(str.translate(self, table), self)

    def upper(self) -> Traced:
        return derived(str.upper(self), self)

    def zfill(self, width: SupportsIndex) -> Traced:
        return derived(str.zfill(self, width), self)


# Error messages name the type of a value, and must be those that plain strings give.
Traced.__name__, Traced.__module__ = "str", "builtins"


def pieces_of(text: str) -> tuple[Piece, ...]:
    """The pieces of any string; plain text is one piece of unknown source."""
    if type(text) is Traced:
        return text._pieces
    return ((len(text), UNKNOWN, DERIVED, NO_TURN),) if text else ()


def cut(pieces: tuple[Piece, ...], start: int, length: int) -> tuple[Piece, ...]:
    """The pieces of `length` characters from `start` on.

    >>> cut(((3, 0, 10, -1), (4, 1, -1, 2)), 2, 3)
    ((1, 0, 12, -1), (2, 1, -1, 2))
    """
    kept: list[Piece] = []
    for size, source, offset, turn in pieces:
        if length <= 0:
            break
        if start >= size:
            start -= size
            continue
        taken = min(size - start, length)
        kept.append((taken, source, offset if offset == DERIVED else offset + start, turn))
        length -= taken
        start = 0
    return tuple(kept)


def _reflected_add(text: str, other: Any) -> Any:
    """What `text + other` gives for plain text: the other's say, or else the error that strings raise."""
    reflected = getattr(type(other), "__radd__", None)
    result = NotImplemented if reflected is None else reflected(other, text)
    return str.__add__(text, other) if result is NotImplemented else result


def _trace(text: str) -> Traced:
    return text if isinstance(text, Traced) else Traced(text)


def derived(text: str, *inputs: Any) -> Traced:
    """Text made from `inputs`: its source is their first exact piece, or else their first."""
    if type(text) is Traced:
        return text
    if not text:
        return Traced("", ())
    first: Piece | None = None
    for piece in traces(inputs):
        first = first or piece
        if piece[2] != DERIVED:
            first = piece
            break
    if first is None:
        return Traced(text)
    _, source, _, turn = first
    return Traced(text, ((len(text), source, DERIVED, turn),))


def traces(value: Any) -> Iterator[Piece]:
    """The pieces of every string inside a value, depth first."""
    if type(value) is Traced:
        yield from value._pieces
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from traces(item)
            yield from traces(key)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from traces(item)
