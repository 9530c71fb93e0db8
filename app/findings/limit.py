"""The limit of length that a framework cuts rows to, and which lengths would keep what it trains.

The row without the limit tells where its trained tokens stand. A row that the framework leaves
out for its length needs no second look: the refusal says how many tokens it has.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from ..core.analysis import ExampleAnalysis
from ..core.example import MASKED
from ..strategies.option import Option
from .subject import Subject

_COUNT = re.compile(r"\brow has (\d+) tokens")

_MORE = {"nemo-rl": 1, "megatron-bridge": -1}
"""How much the limit exceeds the tokens it lets through: one takes fewer only, one counts the labels."""


class Cut(NamedTuple):
    """The option, its value, the row without it, and the half-open stretch of it that is kept."""

    option: Option
    length: int
    whole: ExampleAnalysis
    kept: tuple[int, int]

    @property
    def tokens(self) -> int:
        """How many tokens are lost."""
        return len(self.whole.example.tokens) - (self.kept[1] - self.kept[0])

    @property
    def trained(self) -> int:
        """How many tokens train without the limit."""
        return int(np.count_nonzero(self.whole.example.labels != MASKED))

    @property
    def kept_trained(self) -> int:
        """How many of them are still in the row."""
        return int(np.count_nonzero(self.whole.example.labels[slice(*self.kept)] != MASKED))


class LeftOut(NamedTuple):
    """A row that is left out for its length: the option, its value, and how many tokens the row has."""

    option: Option
    length: int
    tokens: int


def left_out(subject: Subject) -> LeftOut | None:
    """What the refusal says, where it is one for the length of the row."""
    option, reason = subject.limit, subject.outcome.reason or ""
    count = _COUNT.search(reason)
    if option is None or subject.first is not None or count is None or f"`{option.name}" not in reason:
        return None
    return LeftOut(option, subject.options[option.name], int(count[1]))


def cut_of(subject: Subject) -> Cut | None:
    """The cut, also where nothing trained was left and the framework then dropped the row."""
    option, first = subject.limit, subject.first
    if option is None or (first is not None and not first.example.cut_tokens):
        return None
    if (first is None and subject.outcome.kind == "ok") or left_out(subject) is not None:
        return None
    whole = subject.unlimited
    if whole is None:
        return None
    length = subject.options[option.name]
    kept = _presumably_kept(subject, whole, length) if first is None else _kept(whole, first)
    return None if kept is None else Cut(option, length, whole, kept)


def _presumably_kept(subject: Subject, whole: ExampleAnalysis, length: int) -> tuple[int, int]:
    """What a cut leaves of a row that was then dropped."""
    count, options = len(whole.example.tokens), subject.options
    by_tokenizer = subject.strategy.name == "open-instruct"
    is_left = by_tokenizer and subject.context.tokenizer.truncation_side == "left"
    if is_left or options.get("truncation_mode") == "keep_end":
        return max(count - length, 0), count
    return 0, min(length, count)


def shortest_for_all(subject: Subject, cut: Cut) -> int | None:
    """The shortest length that keeps every trained token; None where nothing trains."""
    places = np.flatnonzero(cut.whole.example.labels != MASKED)
    if not len(places):
        return None
    count = len(cut.whole.example.tokens)
    return _limit(subject, count - int(places[0]) if _keeps_end(cut) else int(places[-1]) + 1)


def shortest_for_one(subject: Subject, cut: Cut) -> int | None:
    """The shortest length that keeps a trained token; None where nothing trains."""
    places = np.flatnonzero(cut.whole.example.labels != MASKED)
    if not len(places):
        return None
    count = len(cut.whole.example.tokens)
    return _limit(subject, count - int(places[-1]) if _keeps_end(cut) else int(places[0]) + 1)


def shortest_for_row(subject: Subject, tokens: int) -> int:
    """The shortest length that keeps a row of so many tokens whole."""
    return _limit(subject, tokens)


def _limit(subject: Subject, tokens: int) -> int:
    return max(tokens + _MORE.get(subject.strategy.name, 0), 1)


def _kept(whole: ExampleAnalysis, part: ExampleAnalysis) -> tuple[int, int] | None:
    ids, kept = whole.example.tokens.ids, part.example.tokens.ids
    count, length = len(ids), len(kept)
    if np.array_equal(ids[:length], kept):
        return 0, length
    return (count - length, count) if np.array_equal(ids[count - length :], kept) else None


def _keeps_end(cut: Cut) -> bool:
    return cut.kept[0] > 0
