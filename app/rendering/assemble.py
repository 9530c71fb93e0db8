"""Puts the blocks that a template yielded together: one text, runs that tile it, a turn for each run.

What was written while the template walked over a message stands in that message's turn. The
rest is told from its neighbours: what follows the content of a message that was written
outside a loop closes its turn; what precedes it opens it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from ..core.provenance import NO_MESSAGE, Origin, Rendering
from .inputs import REASONING_FIELDS
from .traced import DERIVED, NO_TURN, UNKNOWN, Piece, Traced
from .tracker import Tracker

PAYLOAD = frozenset({"content", *REASONING_FIELDS})

_NOWHERE = Origin("template")


Block: TypeAlias = tuple[Traced, int]
"""What a template yielded at once, and the turn it was in then."""


def assemble(blocks: Sequence[Block], tracker: Tracker) -> Rendering:
    """The rendering made of blocks, in order."""
    sources = tracker.sources
    pieces = _merge(_settled(blocks))
    turns = _turns(pieces, sources)
    origins: dict[tuple[int, int, int], int] = {}
    table: list[Origin] = []
    ids = np.empty(len(pieces), dtype=np.int32)
    for row, (_, source, offset, _) in enumerate(pieces):
        key = (source, offset, turns[row] if source == UNKNOWN or sources[source].kind == "template" else 0)
        if key not in origins:
            origins[key] = len(table)
            table.append(_origin(source, offset, turns[row], sources))
        ids[row] = origins[key]
    lengths = np.fromiter((piece[0] for piece in pieces), dtype=np.int32, count=len(pieces))
    starts = np.zeros(len(pieces), dtype=np.int32)
    np.cumsum(lengths[:-1], out=starts[1:])
    return Rendering(
        text="".join(block for block, _ in blocks),
        origins=tuple(table),
        starts=starts,
        origin_ids=ids,
        run_messages=np.array(turns, dtype=np.int32),
        generation_spans=tuple(tracker.generation_spans),
    )


def _settled(blocks: Iterable[Block]) -> Iterator[Piece]:
    """Pieces, each with the turn it was made in, or else the one it was written in."""
    for block, written_in in blocks:
        for piece in block._pieces:
            yield piece if piece[3] != NO_TURN else (*piece[:3], written_in)


def _merge(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbours that go on in the same source become one run; empty ones vanish."""
    merged: list[Piece] = []
    for piece in pieces:
        length, source, offset, turn = piece
        if not length:
            continue
        if merged:
            size, last_source, last_offset, last_turn = merged[-1]
            goes_on = offset == (DERIVED if last_offset == DERIVED else last_offset + size)
            if source == last_source and turn == last_turn and goes_on:
                merged[-1] = (size + length, source, last_offset, turn)
                continue
        merged.append(piece)
    return merged


def _origin(source: int, offset: int, turn: int, sources: list[Origin]) -> Origin:
    if source == UNKNOWN:
        return Origin("template", message=None if turn == NO_MESSAGE else turn)
    origin = sources[source]
    if origin.kind == "template":
        return Origin("template", line=origin.line, message=None if turn == NO_MESSAGE else turn)
    if origin.kind != "message":
        return origin
    if offset == DERIVED or origin.field == "tool_calls":
        start = None if offset == DERIVED else offset
        return Origin("derived", message=origin.message, field=origin.field, path=origin.path, start=start)
    return Origin("message", message=origin.message, field=origin.field, path=origin.path, start=offset)


def _turns(pieces: list[Piece], sources: list[Origin]) -> list[int]:
    """The message whose turn each run stands in, or -1."""
    turns = [_turn(piece, sources) for piece in pieces]
    _fill_gaps(pieces, sources, turns)
    return turns


def _turn(piece: Piece, sources: list[Origin]) -> int:
    """What a message says stands in its own turn; its role or a name in it may be quoted in another."""
    _, source, _, turn = piece
    if source == UNKNOWN or sources[source].kind != "message":
        return turn
    owner = sources[source].message
    assert owner is not None, "a message origin names its message"
    return owner if turn == NO_TURN or sources[source].field in PAYLOAD else turn


def _fill_gaps(pieces: list[Piece], sources: list[Origin], turns: list[int]) -> None:
    row = 0
    while row < len(turns):
        if turns[row] != NO_MESSAGE:
            row += 1
            continue
        end = row
        while end < len(turns) and turns[end] == NO_MESSAGE:
            end += 1
        _fill(row, end, pieces, sources, turns)
        row = end


def _fill(start: int, end: int, pieces: list[Piece], sources: list[Origin], turns: list[int]) -> None:
    """Give the unowned runs from `start` to `end` to the turn before, the turn after, or neither."""
    before = turns[start - 1] if start else NO_MESSAGE
    after = turns[end] if end < len(turns) and pieces[end][3] == NO_MESSAGE else NO_MESSAGE
    if before == NO_MESSAGE:
        # A token such as BOS opens the text and no turn.
        while start < end and after != NO_MESSAGE and _is_variable(pieces[start], sources):
            start += 1
        turns[start:end] = [after] * (end - start)
        return
    middle = end if after == NO_MESSAGE else _restart(start, end, pieces, sources)
    turns[start:middle] = [before] * (middle - start)
    turns[middle:end] = [after] * (end - middle)


def _is_variable(piece: Piece, sources: list[Origin]) -> bool:
    return piece[1] != UNKNOWN and sources[piece[1]].kind == "variable"


def _restart(start: int, end: int, pieces: list[Piece], sources: list[Origin]) -> int:
    """The first run that stands earlier in the template than the one before it: a new pass of a loop."""
    last = -1
    for row in range(start, end):
        line = sources[pieces[row][1]].line if pieces[row][1] != UNKNOWN else None
        if line is not None and line < last:
            return row
        last = last if line is None else line
    return end
