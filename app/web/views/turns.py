"""Turns as rows, and which tokens of a very long turn stay folded away.

Tokens of one message in a row make a turn; what the chat template wrote outside any
message makes rows of its own, named by what it is.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.analysis import ExampleAnalysis
from ...core.conversation import Conversation
from ...core.parts import PART_ID, PARTS
from ...core.provenance import NO_MESSAGE
from .columns import TRAINED_STATE, UNUSED_STATE, StateColumn, count, edges, runs

FOLD_ABOVE = 8_000
"""Tokens of an example above which long turns are folded."""
LONG_TURN = 1_000
HEAD = 200
AROUND_BOUNDARY = 20

_OUTSIDE = {
    "bos": "start",
    "system": "system",
    "tools": "tools",
    "generation_prompt": "prompt",
    "eos": "end",
}


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring tokens of a turn that are shown, or folded away, together."""

    start: int
    end: int
    folded: bool


@dataclass(frozen=True, slots=True)
class TurnView:
    """One row: whose turn, which tokens, how many train."""

    number: int
    role: str
    message: int | None
    start: int
    end: int
    trained: int
    unused: int
    blocks: tuple[Block, ...]

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def size(self) -> int:
        """A coarse measure of its height, for the space that a row takes before it is drawn."""
        return min(6, (self.length // 20).bit_length())

    @property
    def sentence(self) -> str:
        """What a screen reader says of the row: `assistant, 14 tokens, 12 trained`."""
        return f"{self.role}, {count(self.length, 'token')}, {self.trained:,} trained"


def turn_views(
    analysed: ExampleAnalysis, states: StateColumn, conversation: Conversation, start: int, end: int
) -> tuple[TurnView, ...]:
    """The rows of tokens `start` to `end`."""
    fold = len(states) > FOLD_ABOVE
    rows = []
    for number, (first, last) in enumerate(_spans(analysed, start, end), start=1):
        rows.append(_turn(number, first, last, analysed, states, conversation, fold))
    return tuple(rows)


def _spans(analysed: ExampleAnalysis, start: int, end: int) -> list[tuple[int, int]]:
    """Runs of one message; outside messages, runs of one kind of part."""
    messages = analysed.messages[start:end].astype(np.int64)
    parts = analysed.parts[start:end].astype(np.int64)
    # A list of tools stands inside the system prompt that the template writes around it.
    outside = -1 - np.where(parts == PART_ID["tools"], PART_ID["system"], parts)
    cuts = (edges(np.where(messages == NO_MESSAGE, outside, messages)) + start).tolist()
    return list(itertools.pairwise(cuts))


def _turn(
    number: int,
    start: int,
    end: int,
    analysed: ExampleAnalysis,
    states: StateColumn,
    conversation: Conversation,
    fold: bool,
) -> TurnView:
    message = int(analysed.messages[start])
    own = states[start:end]
    return TurnView(
        number=number,
        role=_role(message, int(analysed.parts[start]), conversation),
        message=None if message == NO_MESSAGE else message,
        start=start,
        end=end,
        trained=int((own == TRAINED_STATE).sum()),
        unused=int((own == UNUSED_STATE).sum()),
        blocks=_blocks(start, own) if fold else (Block(start, end, False),),
    )


def _role(message: int, part: int, conversation: Conversation) -> str:
    if message != NO_MESSAGE and message < len(conversation.messages):
        return conversation.role(message) or "(no role)"
    return _OUTSIDE.get(PARTS[part], "template")


def _blocks(start: int, own: StateColumn) -> tuple[Block, ...]:
    if len(own) <= LONG_TURN:
        return (Block(start, start + len(own), False),)
    shown = _shown(own)
    return tuple(Block(start + a, start + b, not visible) for a, b, visible in runs(shown))


def _shown(own: StateColumn) -> NDArray[np.bool_]:
    """Head, tail and the surroundings of every mask boundary; gaps too small to fold are shown."""
    shown = np.zeros(len(own), dtype=np.bool_)
    shown[:HEAD] = shown[-HEAD:] = True
    for boundary in edges(own)[1:-1].tolist():
        shown[max(0, boundary - AROUND_BOUNDARY) : boundary + AROUND_BOUNDARY] = True
    for first, last, visible in runs(shown):
        if not visible and last - first < 2 * AROUND_BOUNDARY:
            shown[first:last] = True
    return shown
