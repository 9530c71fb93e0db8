"""The differences of a comparison as a table: both ids, both pieces, why, and which line wrote it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.analysis import Analysis
from ...core.comparison import Comparison, TokenDifference
from ...core.example import Example
from .compare_rows import Letter, letter_of
from .differences import DrawnTokens
from .drawing import drawn

MOST_LISTED = 200
MOST_TOKENS = 6
"""Tokens of one side of a difference that are listed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class ListedToken:
    """One token in the list: how it is drawn, its id and its vocabulary piece."""

    position: int
    drawn: DrawnTokens
    id: int
    piece: str


@dataclass(frozen=True, slots=True)
class ListedSide:
    """A side of a difference: its first tokens, why the first is trained or not, what wrote it."""

    tokens: tuple[ListedToken, ...]
    more: int
    reason: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One difference, numbered from 1."""

    number: int
    sentence: str
    letter: Letter | None
    tokens: int
    a: ListedSide
    b: ListedSide


@dataclass(frozen=True, slots=True)
class OtherId:
    """One text under two ids."""

    a: ListedToken
    b: ListedToken


def listed(found: Comparison) -> tuple[Listed, ...]:
    """The first `MOST_LISTED` differences."""
    if found.tokens is None:
        return ()
    lines = _lines(found)
    return tuple(
        _listed(number, difference, found, (lines[0].get(number, ()), lines[1].get(number, ())))
        for number, difference in enumerate(found.tokens.differences[:MOST_LISTED])
    )


def other_ids(found: Comparison) -> tuple[OtherId, ...]:
    """The first pairs of tokens that are the same text under other ids, which two vocabularies have."""
    if found.tokens is None or not found.tokens.other_ids:
        return ()
    a, b = _example(found.a, found.examples[0]), _example(found.b, found.examples[1])
    first, second = found.tokens.pairs()
    places = np.flatnonzero(a.tokens.ids[first] != b.tokens.ids[second])[:MOST_LISTED].tolist()
    return tuple(OtherId(_token(a, int(first[at])), _token(b, int(second[at]))) for at in places)


def _listed(
    number: int,
    difference: TokenDifference,
    found: Comparison,
    lines: tuple[tuple[int, ...], tuple[int, ...]],
) -> Listed:
    both = difference.kind in ("weight", "label", "replaced")
    return Listed(
        number + 1,
        difference.sentence,
        None if both else letter_of(difference, "a"),
        difference.tokens,
        _side(found.a, found.examples[0], difference.a, lines[0]),
        _side(found.b, found.examples[1], difference.b, lines[1]),
    )


def _side(analysis: Analysis, number: int, span: tuple[int, int], lines: tuple[int, ...]) -> ListedSide:
    example, (start, end) = _example(analysis, number), span
    stop = min(end, start + MOST_TOKENS)
    tokens = tuple(_token(example, position) for position in range(start, stop))
    return ListedSide(tokens, end - stop, _reason(example, start) if start < end else "", lines)


def _token(example: Example, position: int) -> ListedToken:
    shown = tuple(drawn(example.rendering.text, example.tokens, position, position + 1))
    return ListedToken(position, shown, int(example.tokens.ids[position]), example.tokens.pieces[position])


def _reason(example: Example, position: int) -> str:
    index = int(example.reasons[position])
    return example.reason_table[index].sentence if 0 <= index < len(example.reason_table) else ""


def _example(analysis: Analysis, number: int) -> Example:
    return analysis.examples[number].example


def _lines(found: Comparison) -> tuple[dict[int, tuple[int, ...]], dict[int, tuple[int, ...]]]:
    """The template's lines by the difference that they had a part in, for each side."""
    sides: list[dict[int, tuple[int, ...]]] = []
    for side in found.template_lines:
        by_number: dict[int, tuple[int, ...]] = {}
        for line in side:
            for number in line.differences:
                by_number[number] = (*by_number.get(number, ()), line.line)
        sides.append(by_number)
    return sides[0], sides[1]
