"""Turns of a rendering: which tokens belong to which message, and which part of its turn each is.

The boundaries come from the origins of characters, never from searching the text for what
a message might look like. Two questions have no answer there and are asked of the text:
where a thinking block written inside `content` begins and ends, and which token of the
template's closing literal ends the turn (the first special one).

A token stands where its last character does, since many vocabularies join a space to the
word after it; a special token stands where its first does, since some swallow what follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.conversation import Conversation
from ..core.parts import PART_ID
from ..core.provenance import NO_MESSAGE, IntArray, Rendering
from ..core.tokens import Tokens
from .segments import Segments, segments

NO_TOKEN = -1


class Turn(NamedTuple):
    """One message's turn, in tokens and characters, both half-open.

    `content_from` is the first character of the message's own text, or the turn's end where
    there is none. `end_of_turn` is the token that ends it, or -1. Characters are `first_character`
    to `last_character`. `opens_with_call` tells a reply that says nothing before a tool call.
    """

    message: int
    role: str
    start: int
    end: int
    first_character: int
    last_character: int
    content_from: int
    end_of_turn: int
    opens_with_call: bool = False


@dataclass(frozen=True, slots=True)
class Turns:
    """Columns over all tokens, and the turns in order."""

    messages: IntArray
    """(n,) index of the message, or -1."""
    parts: NDArray[np.uint8]
    """(n,) index into `PARTS`."""
    anchors: IntArray
    """(n,) the character that decides where a token stands."""
    turns: tuple[Turn, ...]

    def set_generation_prompt(self, character: int) -> None:
        """Everything from this character on is the generation prompt, and in no turn."""
        prompt = self.anchors >= character
        self.messages[prompt] = NO_MESSAGE
        self.parts[prompt] = PART_ID["generation_prompt"]

    def set_tool_call(self, turn: Turn, character: int) -> None:
        """What opens a turn's tool call begins at this character, and is no header."""
        stretch = slice(turn.start, turn.end)
        opening = (self.anchors[stretch] >= character) & (self.parts[stretch] == PART_ID["header"])
        self.parts[stretch][opening] = PART_ID["tool_call"]


def find_turns(
    conversation: Conversation,
    rendering: Rendering,
    tokens: Tokens,
    bos_id: int | None = None,
    eos_id: int | None = None,
) -> Turns:
    """The turns of a rendering, and the part that each of its tokens is."""
    anchors = _anchors(tokens, len(rendering.text))
    messages = _at(rendering.starts, rendering.run_messages, anchors, NO_MESSAGE)
    found = segments(conversation, rendering)
    parts = _at(found.starts, found.parts, anchors, PART_ID["other"]).astype(np.uint8)
    turns = _close_silent(_turns(conversation, found, tokens, messages, anchors), tokens, eos_id)
    _close(turns, tokens, parts, eos_id)
    _open(tokens, parts, bos_id)
    return Turns(messages, parts, anchors, turns)


def _anchors(tokens: Tokens, length: int) -> IntArray:
    starts, ends = tokens.offsets[:, 0], tokens.offsets[:, 1]
    anchors = np.where(tokens.special, starts, np.maximum(starts, ends - 1))
    return np.minimum(anchors, max(length - 1, 0)).astype(np.int32)


def _at(starts: IntArray, values: NDArray[np.generic], characters: IntArray, default: int) -> IntArray:
    """The value of the run that each character is in."""
    if not len(starts):
        return np.full(len(characters), default, dtype=np.int32)
    rows = starts.searchsorted(characters, side="right") - 1
    return values[rows].astype(np.int32)


def _turns(
    conversation: Conversation, found: Segments, tokens: Tokens, messages: IntArray, anchors: IntArray
) -> tuple[Turn, ...]:
    """One turn per stretch of tokens with the same message; one quoted elsewhere has no second."""
    if not len(messages):
        return ()
    edges = [0, *((messages[1:] != messages[:-1]).nonzero()[0] + 1).tolist(), len(messages)]
    specials = tokens.special.nonzero()[0]
    longest: dict[int, tuple[int, int]] = {}
    for start, end in pairwise(edges):
        message = int(messages[start])
        known = longest.get(message, (0, 0))
        if message != NO_MESSAGE and end - start > known[1] - known[0]:
            longest[message] = (start, end)
    turns = []
    for message, (start, end) in sorted(longest.items(), key=lambda item: item[1]):
        spoken, stretch = found.spoken.get(message), found.turns[message]
        close = _first_special_after(spoken[1], anchors, specials, start, end) if spoken else NO_TOKEN
        content = spoken[0] if spoken else stretch[1]
        role, call = conversation.role(message), message in found.opening_calls
        turns.append(Turn(message, role, start, end, *stretch, content, close, call))
    return tuple(turns)


def _first_special_after(
    character: int, anchors: IntArray, specials: NDArray[np.intp], start: int, end: int
) -> int:
    first = start + int(anchors[start:end].searchsorted(character))
    row = int(specials.searchsorted(first))
    return int(specials[row]) if row < len(specials) and specials[row] < end else NO_TOKEN


def _close_silent(turns: tuple[Turn, ...], tokens: Tokens, eos_id: int | None) -> tuple[Turn, ...]:
    """A turn without words ends at the token that ends a turn of its role, or of any."""
    if all(turn.end_of_turn != NO_TOKEN for turn in turns):
        return turns
    by_role: dict[str, set[int]] = {}
    for turn in turns:
        if turn.end_of_turn != NO_TOKEN:
            by_role.setdefault(turn.role, set()).add(int(tokens.ids[turn.end_of_turn]))
    anywhere = set[int]().union(*by_role.values(), () if eos_id is None else (eos_id,))
    return tuple(
        turn if turn.end_of_turn != NO_TOKEN or _speaks(turn) else _closed(turn, tokens, by_role, anywhere)
        for turn in turns
    )


def _speaks(turn: Turn) -> bool:
    return turn.content_from < turn.last_character


def _closed(turn: Turn, tokens: Tokens, by_role: dict[str, set[int]], anywhere: set[int]) -> Turn:
    ids = list(by_role.get(turn.role, anywhere))
    hits = np.flatnonzero(np.isin(tokens.ids[turn.start : turn.end], ids))
    if not len(hits):
        return turn
    end = turn.start + int(hits[-1])
    return turn._replace(content_from=int(tokens.offsets[end, 0]), end_of_turn=end)


def _close(turns: tuple[Turn, ...], tokens: Tokens, parts: NDArray[np.uint8], eos_id: int | None) -> None:
    for turn in turns:
        if turn.end_of_turn == NO_TOKEN:
            continue
        parts[turn.end_of_turn] = PART_ID["end_of_turn"]
        parts[turn.end_of_turn + 1 : turn.end] = PART_ID["separator"]
    if eos_id is not None:
        parts[(tokens.ids == eos_id) & (parts == PART_ID["separator"])] = PART_ID["eos"]


def _open(tokens: Tokens, parts: NDArray[np.uint8], bos_id: int | None) -> None:
    if bos_id is not None and len(tokens) and tokens.ids[0] == bos_id:
        parts[0] = PART_ID["bos"]
