"""The two columns of a comparison: turns that belong together side by side, their tokens cut into pieces.

A piece is a run of tokens that agree, or a difference or a part of one. Of a long run that agrees
in a long example only both ends are drawn. Where a side lacks what the other has, an empty piece
marks the place.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ...core.analysis import Analysis, ExampleAnalysis
from ...core.comparison import Comparison, TokenComparison, TokenDifference
from ...core.conversation import Conversation
from ...core.example import State
from ...core.provenance import IntArray
from .columns import StateColumn, runs, states
from .drawing import Drawing, DrawnToken
from .lens import LensClasses, lens_classes
from .turns import TurnView, turn_views

Side: TypeAlias = Literal["a", "b"]
Letter: TypeAlias = Literal["a", "b"]

MOST_DRAWN = 32_000
"""Tokens of one side that are drawn."""
LONG = 8_000
"""Tokens of an example above which the middle of a run that agrees is left out."""
END_OF_RUN = 100
"""Tokens that are drawn of each end of such a run."""
NEITHER = TokenComparison((), (), (0, 0))

_MORE: dict[State, int] = {"masked": 0, "unused": 1, "trained": 2}


@dataclass(frozen=True, slots=True)
class Piece:
    """Neighbouring tokens: `number` of their difference, from 1, or None where they agree.

    `letter` says which side has what the other has not. `first` is the piece that links lead to.
    `left_out` counts tokens that agree and are not drawn.
    """

    start: int
    tokens: tuple[DrawnToken, ...] = ()
    number: int | None = None
    letter: Letter | None = None
    sentence: str = ""
    first: bool = False
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class SideOfRow:
    """One turn on one side."""

    role: str
    length: int
    trained: int
    pieces: tuple[Piece, ...]

    @property
    def sentence(self) -> str:
        return f"{self.length:,} token{'' if self.length == 1 else 's'}, {self.trained:,} trained"


@dataclass(frozen=True, slots=True)
class RowView:
    """A turn of A beside the turn of B that it belongs to; either may be missing."""

    number: int
    a: SideOfRow | None
    b: SideOfRow | None

    @property
    def role(self) -> str:
        """`user`, or `user / assistant` where the two differ."""
        roles = dict.fromkeys(side.role for side in (self.a, self.b) if side is not None)
        return " / ".join(roles)


@dataclass(frozen=True, slots=True)
class Column:
    """One side of the comparison, ready to be cut into turns."""

    side: Side
    analysed: ExampleAnalysis
    found: TokenComparison
    numbers: IntArray
    states: StateColumn
    classes: LensClasses | None
    turns: tuple[TurnView, ...]
    gaps: tuple[tuple[int, int], ...]
    """Position and difference of what only the other side has, ascending."""

    @property
    def drawn(self) -> int:
        """How many tokens are drawn."""
        return self.turns[-1].end if self.turns else 0


def letter_of(difference: TokenDifference, side: Side) -> Letter:
    """Which side has what the other has not; where both have something of their own, the side looked at."""
    if difference.kind == "state" and difference.states is not None:
        a, b = difference.states
        return "a" if _MORE[a] > _MORE[b] else "b"
    if difference.kind in ("only_in_a", "only_in_b"):
        return "a" if difference.kind == "only_in_a" else "b"
    return side


def row_views(found: Comparison, conversations: tuple[Conversation, Conversation]) -> tuple[RowView, ...]:
    """Every row; a framework that refuses its conversation leaves its side empty."""
    a = _column("a", found.a, found, conversations[0])
    b = _column("b", found.b, found, conversations[1])
    pairs = _paired(a, b)
    return tuple(
        RowView(number, _side(a, first), _side(b, second)) for number, (first, second) in enumerate(pairs, 1)
    )


def _column(side: Side, analysis: Analysis, found: Comparison, conversation: Conversation) -> Column | None:
    if not analysis.examples:
        return None
    analysed = analysis.examples[found.examples[0 if side == "a" else 1]]
    tokens, length = found.tokens or NEITHER, len(analysed.example.tokens)
    numbers = tokens.numbers(side) if found.tokens else np.full(length, -1, dtype=np.int32)
    column = states(analysed.example)
    return Column(
        side,
        analysed,
        tokens,
        numbers,
        column,
        lens_classes(analysis, analysed),
        turn_views(analysed, column, conversation, 0, min(length, MOST_DRAWN)),
        _gaps(tokens, side),
    )


def _gaps(found: TokenComparison, side: Side) -> tuple[tuple[int, int], ...]:
    spans = ((one.a if side == "a" else one.b, number) for number, one in enumerate(found.differences))
    return tuple(sorted((start, number) for (start, end), number in spans if start == end))


def _paired(a: Column | None, b: Column | None) -> list[tuple[TurnView | None, TurnView | None]]:
    """Turns in order, those with the most tokens in common side by side."""
    mine, theirs = (() if column is None else column.turns for column in (a, b))
    partners = {} if a is None or b is None else _partners(a, b)
    rows: list[tuple[TurnView | None, TurnView | None]] = []
    at = done = 0
    for index, partner in [*sorted(partners.items()), (len(mine), len(theirs))]:
        rows += _between(mine[at:index], theirs[done:partner])
        if index < len(mine):
            rows.append((mine[index], theirs[partner]))
        at, done = index + 1, partner + 1
    return rows


def _between(
    mine: Sequence[TurnView], theirs: Sequence[TurnView]
) -> list[tuple[TurnView | None, TurnView | None]]:
    """Turns without a partner: as many of the same role as there are in order, the others alone."""
    if len(mine) == len(theirs) and all(x.role == y.role for x, y in zip(mine, theirs, strict=True)):
        return list(zip(mine, theirs, strict=True))
    return [*((turn, None) for turn in mine), *((None, turn) for turn in theirs)]


def _partners(a: Column, b: Column) -> dict[int, int]:
    """The turn of B that shares the most tokens with each turn of A, as long as the order holds."""
    first, second = a.found.pairs()
    drawn = (first < a.drawn) & (second < b.drawn)
    turns = [
        np.searchsorted([turn.end for turn in column.turns], positions[drawn], side="right")
        for column, positions in ((a, first), (b, second))
    ]
    shared, counts = np.unique(np.stack(turns, axis=1), axis=0, return_counts=True)
    most: dict[int, tuple[int, int]] = {}
    for (mine, theirs), number in zip(shared.tolist(), counts.tolist(), strict=True):
        most[mine] = max(most.get(mine, (0, 0)), (number, theirs))
    taken: dict[int, tuple[int, int]] = {}
    for mine, (number, theirs) in sorted(most.items()):
        last = next(reversed(taken), -1)
        if theirs > last or (theirs == last and number > taken[last][0]):
            taken[theirs] = (number, mine)
    return {mine: theirs for theirs, (_, mine) in taken.items()}


def _side(column: Column | None, turn: TurnView | None) -> SideOfRow | None:
    if column is None or turn is None:
        return None
    pieces = tuple(_pieces(column, turn))
    return SideOfRow(turn.role, turn.length, turn.trained, pieces)


def _pieces(column: Column, turn: TurnView) -> Iterator[Piece]:
    """The turn's tokens, cut where a difference begins, ends or has its place."""
    for first, last, number in runs(column.numbers[turn.start : turn.end]):
        start, end = turn.start + first, turn.start + last
        yield from _empty(column, start, start)
        if number >= 0:
            yield _differing(column, start, end, number)
        else:
            yield from _agreeing(column, start, end)
    if turn.end == column.drawn:
        yield from _empty(column, turn.end, turn.end)


def _agreeing(column: Column, start: int, end: int) -> Iterator[Piece]:
    """Tokens that agree, with the places between them at which this side lacks something."""
    at = start
    for gap in _empty(column, start + 1, end - 1):
        yield from _plain(column, at, gap.start)
        yield gap
        at = gap.start
    yield from _plain(column, at, end)


def _plain(column: Column, start: int, end: int) -> Iterator[Piece]:
    if start == end:
        return
    if len(column.numbers) <= LONG or end - start <= 3 * END_OF_RUN:
        yield Piece(start, _tokens(column, start, end))
        return
    left, right = start + END_OF_RUN, end - END_OF_RUN
    yield Piece(start, _tokens(column, start, left))
    yield Piece(left, left_out=right - left)
    yield Piece(right, _tokens(column, right, end))


def _differing(column: Column, start: int, end: int, number: int) -> Piece:
    difference = column.found.differences[number]
    begin = (difference.a if column.side == "a" else difference.b)[0]
    letter = letter_of(difference, column.side)
    tokens = _tokens(column, start, end)
    return Piece(start, tokens, number + 1, letter, difference.sentence, first=start == begin)


def _empty(column: Column, first: int, last: int) -> Iterator[Piece]:
    """Empty pieces for what only the other side has, before tokens `first` to `last`."""
    for at, number in column.gaps[bisect_left(column.gaps, (first, -1)) :]:
        if at > last:
            return
        difference = column.found.differences[number]
        letter = letter_of(difference, column.side)
        yield Piece(at, (), number + 1, letter, difference.sentence, first=True)


def _tokens(column: Column, start: int, end: int) -> tuple[DrawnToken, ...]:
    example = column.analysed.example
    unmarked = np.zeros(len(column.numbers), dtype=np.bool_)
    drawing = Drawing.of(example, column.states, unmarked, start, end, column.classes)
    return tuple(drawing.tokens(start, end))
