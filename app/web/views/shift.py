"""The Shift view: the predictions around a chosen token, each drawn as an arrow from input to label.

Drawn here once, for the token that the form asks for; the page's script redraws the same markup
for any other out of the island. Without scripts every step is a button of the form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from ...core.example import MASKED
from .columns import TRAINED_STATE, StateColumn
from .drawing import DrawnToken, Segment
from .predictions import Piece, Prediction, Predictions, brief, odds, spoken, words

MOST_COLUMNS = 12
CONTEXT = 80
"""Characters of text quoted before the token asked for."""

Kind: TypeAlias = Literal["trained", "masked", "never", "end"]


class Column(NamedTuple):
    """One prediction as drawn: the input above, the label below.

    Columns of a higher `rank` are left out first where there is little room. The column that
    `end`s the row has no label, that which is `never` predicted no input.
    """

    position: int
    rank: int
    kind: Kind
    chosen: bool
    brief: str
    input: DrawnToken | None
    label: DrawnToken | None
    """None at the end, and where the label is no token that stands there: -100, or another id."""
    label_text: str
    odds: str
    likeliest: str

    @property
    def told(self) -> str:
        return "nothing" if self.kind == "end" else self.kind


class Move(NamedTuple):
    """A button that chooses another prediction; `to` is None where there is none."""

    name: str
    sign: str
    title: str
    to: int | None

    @property
    def back(self) -> bool:
        return self.name.startswith("previous")


class Context(NamedTuple):
    """The text before the token that is asked for, and that token."""

    before: str
    classes: str
    token: str


@dataclass(frozen=True, slots=True)
class ShiftView:
    """The span around one prediction, and that prediction in words."""

    chosen: Prediction
    pinned: bool
    columns: tuple[Column, ...]
    sentence: tuple[Piece, ...]
    context: Context
    moves: tuple[Move, ...]
    earlier: str
    """The token before the first drawn, where another page draws it."""
    known: bool


def shift_view(
    predictions: Predictions, asked: int | None, drawable: int, pinned: bool = True
) -> ShiftView | None:
    """The view for the token asked for, or the first that trains; None where no token is drawn.

    `drawable` tokens can be reached, on this page of tokens or another. A token that is asked
    for in another view is not `pinned` in this one.
    """
    one = predictions
    if one.start == one.end:
        return None
    is_drawn = asked is not None and one.start <= asked < one.end
    position = asked if asked is not None and is_drawn else first_trained(one.states, one.start, one.end)
    chosen = one.at(position)
    return ShiftView(
        chosen=chosen,
        pinned=pinned and is_drawn,
        columns=_columns(one, position),
        sentence=words(chosen),
        context=_context(one, chosen),
        moves=_moves(one, position, drawable),
        earlier=one.shown(one.start - 1) if one.start else "",
        known=one.analysed.losses is not None,
    )


def first_trained(states: StateColumn, start: int, end: int) -> int:
    """The first trained token of those drawn; the first of all where none trains."""
    return start + int(np.argmax(states[start:end] == TRAINED_STATE))


def span_around(position: int, low: int, high: int, size: int = MOST_COLUMNS) -> dict[int, int]:
    """Up to `size` positions between `low` and `high`, both counted, each with its rank.

    >>> span_around(4, 0, 5, size=4)
    {4: 0, 3: 1, 5: 2, 2: 3}
    """
    ranks = {position: 0}
    first = last = position
    while len(ranks) < min(size, high - low + 1):
        before = first > low and (last == high or position - first <= last - position)
        first, last = (first - 1, last) if before else (first, last + 1)
        ranks[first if before else last] = len(ranks)
    return ranks


def figure(probability: float) -> str:
    """A probability where there is little room.

    >>> figure(0.6065), figure(0.0001)
    ('0.61', '<0.01')
    """
    return odds(probability).replace("under ", "<").replace("over ", ">")


def boundary(states: StateColumn, position: int, by: Literal[-1, 1], start: int, end: int) -> int | None:
    """The next token beside a change of the mask: the last before it, or the first after it."""
    trained = states[start:end] == TRAINED_STATE
    before = np.flatnonzero(trained[1:] != trained[:-1]) + start
    beside = np.union1d(before, before + 1)
    found = beside[beside > position] if by > 0 else beside[beside < position][::-1]
    return int(found[0]) if len(found) else None


def _columns(one: Predictions, position: int) -> tuple[Column, ...]:
    total = len(one.states)
    ranks = span_around(position, one.start, total if one.end == total else one.end - 1)
    return tuple(
        _end(one, rank) if at == total else _column(one, one.at(at), rank, at == position)
        for at, rank in sorted(ranks.items())
    )


def _column(one: Predictions, found: Prediction, rank: int, chosen: bool) -> Column:
    at = found.position
    kind: Kind = "never" if at == 0 else "trained" if found.state == "trained" else "masked"
    drawn_label = found.label == found.id
    text = "-100" if found.label == MASKED else f"id {found.label}"
    return Column(
        position=at,
        rank=rank,
        kind=kind,
        chosen=chosen,
        brief=brief(found),
        input=None if at == 0 else _input(one, at - 1),
        label=_drawn(one, at) if drawn_label else None,
        label_text="" if drawn_label else text,
        odds="" if found.probability is None or at == 0 else figure(found.probability),
        likeliest="" if found.likeliest is None else found.likeliest.piece,
    )


def _end(one: Predictions, rank: int) -> Column:
    last = len(one.states) - 1
    said = f"After {spoken(one.shown(last))}, position {last}: nothing, since it is the last token."
    return Column(last + 1, rank, "end", False, said, _input(one, last), None, "", "", "")


def _input(one: Predictions, position: int) -> DrawnToken:
    """A token without its states, which are its label's."""
    special = bool(one.analysed.example.tokens.special[position])
    return "s" if special else "", _drawn(one, position)[1]


def _drawn(one: Predictions, position: int) -> DrawnToken:
    if position < one.start:
        segments: Sequence[Segment] = (("", one.shown(position)),)
        return "", segments
    classes, segments, _ = next(one.drawing.tokens(position, position + 1))
    return classes, segments


def _context(one: Predictions, chosen: Prediction) -> Context:
    """What the model has read, up to the token asked for, its line breaks made visible."""
    text, spans = one.analysed.example.rendering.text, one.analysed.example.tokens.offsets
    own = spans[chosen.position]
    earlier = spans[: chosen.position, 1]
    end = int(own[0]) if own[0] < own[1] else int(earlier.max(initial=0))
    first = max(0, end - CONTEXT) if chosen.position else end
    before = ("…" if first else "") + text[first:end].replace("\n", "↵\n")
    classes = {"trained": "t", "unused": "u", "masked": ""}[chosen.state]
    return Context(before if chosen.position else "", classes, chosen.token)


def _moves(one: Predictions, position: int, drawable: int) -> tuple[Move, ...]:
    back = boundary(one.states, position, -1, one.start, one.end)
    forth = boundary(one.states, position, 1, one.start, one.end)
    return (
        Move("previous-boundary", "⇤", "Previous boundary", back),
        Move("previous", "←", "Previous", position - 1 if position > 0 else None),
        Move("next", "→", "Next", position + 1 if position + 1 < drawable else None),
        Move("next-boundary", "⇥", "Next boundary", forth),
    )
