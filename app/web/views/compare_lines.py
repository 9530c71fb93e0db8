"""Two texts line by line: only what differs, with a little around it, and what differs within a line.

Lines of the chat templates say how many tokens they wrote and lead to the differences among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from ...core.comparison import Stretch, TemplateLine

AROUND = 2
MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One line on one side, numbered from 1: the middle of its text is what differs.

    `tokens` and `differences`, numbered from 1, are those of the tokens that it wrote.
    """

    number: int
    before: str
    middle: str = ""
    after: str = ""
    tokens: int = 0
    differences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LinePair:
    """Two lines side by side; neither is there where `left_out` lines agree and are not shown."""

    a: Line | None = None
    b: Line | None = None
    same: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """The pairs that are shown, and how many lines of each side differ."""

    pairs: tuple[LinePair, ...]
    only_a: int
    only_b: int
    cut: bool


def lines_view(
    a: Sequence[str],
    b: Sequence[str],
    alignment: Sequence[Stretch],
    written: tuple[Sequence[TemplateLine], Sequence[TemplateLine]] = ((), ()),
) -> Lines | None:
    """None where the two agree. `written` are the lines of chat templates that wrote tokens."""
    others = [row for row in alignment if not row.same]
    if not others:
        return None
    wrote = _by_number(written[0]), _by_number(written[1])
    pairs: list[LinePair] = []
    for place, row in enumerate(alignment):
        ends = place == 0, place == len(alignment) - 1
        pairs += _agreeing(row, a, b, wrote, ends) if row.same else _differing(row, a, b, wrote)
    only_a = sum(row.a[1] - row.a[0] for row in others)
    only_b = sum(row.b[1] - row.b[0] for row in others)
    return Lines(tuple(pairs[:MOST_LINES]), only_a, only_b, len(pairs) > MOST_LINES)


def _by_number(lines: Sequence[TemplateLine]) -> dict[int, TemplateLine]:
    return {line.line: line for line in lines}


def _agreeing(
    row: Stretch,
    a: Sequence[str],
    b: Sequence[str],
    wrote: tuple[Mapping[int, TemplateLine], Mapping[int, TemplateLine]],
    ends: tuple[bool, bool],
) -> Iterator[LinePair]:
    """The lines next to a difference, and how many are between."""
    length = row.a[1] - row.a[0]
    head, tail = (0 if ends[0] else AROUND), (0 if ends[1] else AROUND)
    hidden = max(0, length - head - tail)
    for offset in range(length):
        if hidden and head <= offset < length - tail:
            if offset == head:
                yield LinePair(left_out=hidden)
            continue
        first, second = row.a[0] + offset, row.b[0] + offset
        yield LinePair(_line(first, a[first], wrote[0]), _line(second, b[second], wrote[1]), same=True)


def _differing(
    row: Stretch,
    a: Sequence[str],
    b: Sequence[str],
    wrote: tuple[Mapping[int, TemplateLine], Mapping[int, TemplateLine]],
) -> Iterator[LinePair]:
    """Lines in place of each other side by side, marked between what they begin and end with in common."""
    for offset in range(max(row.a[1] - row.a[0], row.b[1] - row.b[0])):
        first, second = row.a[0] + offset, row.b[0] + offset
        mine = a[first] if first < row.a[1] else None
        theirs = b[second] if second < row.b[1] else None
        yield LinePair(
            None if mine is None else _line(first, mine, wrote[0], beside=theirs),
            None if theirs is None else _line(second, theirs, wrote[1], beside=mine),
        )


def _line(index: int, text: str, wrote: Mapping[int, TemplateLine], beside: str | None = "") -> Line:
    known = wrote.get(index + 1, TemplateLine(index + 1, 0, ()))
    numbers = tuple(number + 1 for number in known.differences)
    before, middle, after = _parts(text, beside) if beside != "" else (text, "", "")
    return Line(index + 1, before, middle, after, known.tokens, numbers)


def _parts(text: str, beside: str | None) -> tuple[str, str, str]:
    """What a line begins with like the one beside it, what is its own, and what it ends with like it.

    >>> _parts("a red hat", "a green hat")
    ('a ', 'red', ' hat')
    """
    if beside is None:
        return "", text, ""
    head = _shared(text, beside)
    tail = _shared(text[head:][::-1], beside[head:][::-1])
    return text[:head], text[head : len(text) - tail], text[len(text) - tail :]


def _shared(text: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False)))
