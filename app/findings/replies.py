"""Where the assistant's turns stand among the tokens of the first example, and what ends each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.analysis import ExampleAnalysis
from ..core.example import Example
from ..core.parts import PART_ID, PARTS
from ..core.provenance import NO_MESSAGE, IntArray
from ..core.tokens import Tokens
from ..strategies.generation_prompt import supplied_to
from ..strategies.turns import NO_TOKEN, Turn
from .subject import Subject, once


class Reply(NamedTuple):
    """One assistant turn, in tokens of the first example.

    `begin` is the first token with a character beyond those that the generation prompt
    supplies, up to `supplied`. `stop` is the token that ends the turn, which may stand in the
    next turn, or -1; `end` is the turn's. `is_cut` tells that truncation took some of it.
    """

    turn: Turn
    supplied: int
    begin: int
    stop: int
    end: int
    is_cut: bool

    @property
    def number(self) -> int:
        """The turn's number, as sentences count."""
        return self.turn.message + 1

    @property
    def words(self) -> slice:
        """What the model writes before the token that ends the turn."""
        return slice(self.begin, max(self.begin, min(self.end, self.stop) if self.stop >= 0 else self.end))


@once
def replies(subject: Subject) -> list[Reply]:
    """The assistant's turns that the first example still holds; none where there is no example."""
    if subject.first is None:
        return []
    example, turns = subject.first.example, subject.turns
    closing = {(turn.role, _id(example.tokens, turn.end_of_turn)) for turn in turns.turns}
    count, twice = len(example.tokens), _repeated(subject.first)
    return [
        _reply(subject, turn, closing)
        for turn in turns.turns
        if turn.role == "assistant" and turn.start < count and turn.message not in twice
    ]


def _repeated(row: ExampleAnalysis) -> set[int]:
    """The messages that a framework is known to have written into the row more than once."""
    if row.example.columns is None:
        return set()
    stretches = np.flatnonzero(np.diff(row.messages, prepend=NO_MESSAGE - 1))
    ends = np.flatnonzero(row.parts == PART_ID["end_of_turn"])
    return {message for places in (stretches, ends) for message in _twice(row.messages[places])}


def _twice(messages: IntArray) -> list[int]:
    found, times = np.unique(messages, return_counts=True)
    return [int(message) for message in found[times > 1]]


def _reply(subject: Subject, turn: Turn, closing: set[tuple[str, int]]) -> Reply:
    assert subject.first is not None, "a reply needs an example"
    example, count = subject.first.example, len(subject.first.example.tokens)
    supplied = supplied_to(turn, example.rendering.text, subject.context.generation_prompt)
    begin = turn.start + int(subject.turns.anchors[turn.start : turn.end].searchsorted(supplied))
    ends = {token for _, token in closing}
    others = {token for role, token in closing if role != "assistant"}
    eos_id = subject.context.tokenizer.eos_id
    stop = _swallowing(example.tokens, turn, begin, {*ends, eos_id} - {NO_TOKEN})
    if stop == NO_TOKEN:
        stop = _stop(example.tokens, turn, others, eos_id)
    is_cut = max(turn.end, stop + 1) > count or (_is_last(example, turn) and example.cut_tokens > 0)
    return Reply(
        turn, supplied, min(begin, count), stop if stop < count else NO_TOKEN, min(turn.end, count), is_cut
    )


def _is_last(example: Example, turn: Turn) -> bool:
    return turn.end >= len(example.tokens)


def _swallowing(tokens: Tokens, turn: Turn, begin: int, ends: set[int | None]) -> int:
    """The last special token of a turn without an end, where it ends others; it may swallow blanks."""
    if turn.end_of_turn != NO_TOKEN:
        return NO_TOKEN
    stretch = slice(begin, min(turn.end, len(tokens)))
    specials = np.flatnonzero(tokens.special[stretch]) + begin
    last = int(specials[-1]) if len(specials) else NO_TOKEN
    return last if _id(tokens, last) in ends else NO_TOKEN


def _stop(tokens: Tokens, turn: Turn, others: set[int], eos_id: int | None) -> int:
    """The token that ends a turn: its own, else the special one that follows it at once."""
    close = turn.end_of_turn
    if close == NO_TOKEN:
        follows = turn.end < len(tokens) and bool(tokens.special[turn.end])
        return turn.end if follows else NO_TOKEN
    if _id(tokens, close) in others or close >= len(tokens):
        return close
    # A tool call may close with special tokens of its own, right before EOS.
    last = close
    while last + 1 < min(turn.end, len(tokens)) and tokens.special[last + 1]:
        last += 1
    return last if int(tokens.ids[last]) == eos_id else close


def _id(tokens: Tokens, token: int) -> int:
    return int(tokens.ids[token]) if 0 <= token < len(tokens) else NO_TOKEN


def says_something(subject: Subject, reply: Reply) -> bool:
    """Whether some of the words are the message's own."""
    assert subject.first is not None, "a reply needs an example"
    return bool(_IS_OWN[subject.first.parts[reply.words]].any())


_IS_OWN = np.isin(PARTS, ("content", "thinking", "tool_call"))


@once
def learned(subject: Subject) -> list[Reply]:
    """The replies of which the model learns some words, and which no limit of length cut."""
    return [row for row in replies(subject) if not row.is_cut and subject.trained[row.words].any()]


def tail_of(subject: Subject, reply: Reply) -> NDArray[np.intp]:
    """The template's own tokens after the words of a reply that no special token ends, blanks aside."""
    if reply.stop != NO_TOKEN or subject.first is None:
        return np.zeros(0, dtype=np.intp)
    parts = subject.first.parts[reply.begin : reply.end]
    tokens = reply.begin + np.flatnonzero(parts == PART_ID["separator"])
    return tokens[~is_blank(subject, tokens)]


def is_blank(subject: Subject, tokens: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which of some tokens of the first example cover white space only."""
    assert subject.first is not None, "tokens need an example"
    example = subject.first.example
    text, places = example.rendering.text, example.tokens.offsets[tokens].tolist()
    return np.array([not text[start:end].strip() for start, end in places], dtype=np.bool_)
