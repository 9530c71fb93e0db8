"""What a rule gets to see: an analysis before its findings, and a small budget of further renders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..core.analysis import ExampleAnalysis, Outcome, TemplateInfo, TokenizerInfo
from ..core.contributions import ReductionInfo
from ..core.conversation import Conversation
from ..core.example import MASKED, Refusal
from ..core.request import AnalysisRequest
from ..errors import LossmaskError, TemplateError
from ..strategies.base import Strategy
from ..strategies.context import Context
from ..strategies.option import Option
from ..strategies.turns import Turn, Turns, find_turns

RENDERS = 12
"""Further renders that all rules together may ask for; what was rendered once is not counted again."""

LIMITS = ("max_length", "sequence_len", "max_seq_length", "cutoff_len")
"""What frameworks call the option that limits the length of a row."""
_NO_LIMIT = 10**9

T = TypeVar("T")


@dataclass(frozen=True)
class Subject:
    """One analysis.

    `analyse_again` gives the examples under other options of the same strategy, or raises
    `Refusal`; it is cheap beside a render, since rendering and tokens are kept.
    """

    request: AnalysisRequest
    strategy: Strategy
    options: Mapping[str, Any]
    context: Context
    examples: Sequence[ExampleAnalysis]
    outcome: Outcome
    reduction: ReductionInfo
    tokenizer: TokenizerInfo
    template: TemplateInfo
    analyse_again: Callable[[Mapping[str, Any]], Sequence[ExampleAnalysis]]
    began: float = 0.0
    """When rendering began, by the monotonic clock; a tokenizer that was loaded before has its own time."""
    _rendered: dict[str, str | None] = field(default_factory=dict)
    _found: dict[Callable[[Subject], Any], Any] = field(default_factory=dict)
    """What several rules look at, by what finds it, see `once`."""

    @cached_property
    def first(self) -> ExampleAnalysis | None:
        """The first example, which spans of tokens refer to; None where the framework has none."""
        return self.examples[0] if self.examples else None

    @cached_property
    def trained(self) -> NDArray[np.bool_]:
        """(n,) true where a token of the first example is trained; empty where there is none."""
        if self.first is None:
            return np.zeros(0, dtype=np.bool_)
        trained: NDArray[np.bool_] = self.first.example.labels != MASKED
        return trained

    @cached_property
    def limit(self) -> Option | None:
        """The option that limits the length of a row, where it is set."""
        found = (option for option in self.strategy.options if option.name in LIMITS)
        return next((option for option in found if self.options.get(option.name) is not None), None)

    @cached_property
    def unlimited(self) -> ExampleAnalysis | None:
        """The first example as it is without a limit of length; None where there is none."""
        if self.limit is None:
            return self.first
        value = None if self.limit.takes_null else _NO_LIMIT
        try:
            found = self.analyse_again({**self.options, self.limit.name: value})
        except (Refusal, LossmaskError):
            return None
        return found[0] if found else None

    @cached_property
    def assistants(self) -> tuple[Turn, ...]:
        """The assistant's turns in the chat template's rendering."""
        return tuple(turn for turn in self.context.turns.turns if turn.role == "assistant")

    @cached_property
    def turns(self) -> Turns:
        """The turns among the first example's own tokens; those of the rendering where there is none."""
        context, first = self.context, self.first
        if first is None or (self.same_tokens and self._starts_like_the_rendering(first)):
            return context.turns
        row, tokenizer = first.example, context.tokenizer
        bos_id, eos_id = tokenizer.bos_id, tokenizer.eos_id
        return find_turns(context.conversation, row.rendering, row.tokens, bos_id, eos_id)

    def _starts_like_the_rendering(self, first: ExampleAnalysis) -> bool:
        offsets = first.example.tokens.offsets
        return np.array_equal(self.context.tokens.offsets[: len(offsets)], offsets)

    @cached_property
    def same_tokens(self) -> bool:
        """Whether the first example's tokens are the rendering's, so that turns index into it."""
        first = self.first
        return first is not None and first.example.rendering is self.context.rendering

    def text_of(self, start: int, end: int) -> str:
        """The text that tokens of the first example cover."""
        assert self.first is not None, "spans of tokens need an example"
        offsets = self.first.example.tokens.offsets[start:end]
        return self.first.example.rendering.text[int(offsets[:, 0].min()) : int(offsets[:, 1].max())]

    def render(self, conversation: Conversation, **arguments: Any) -> str | None:
        """Plain text of another conversation; None where the template refuses or the budget is spent."""
        key = repr((conversation.messages, sorted(arguments.items(), key=lambda item: item[0])))
        if key not in self._rendered and len(self._rendered) < RENDERS:
            try:
                self._rendered[key] = self.context.render(conversation, **arguments)
            except TemplateError:
                self._rendered[key] = None
        return self._rendered.get(key)


def once(find: Callable[[Subject], T]) -> Callable[[Subject], T]:
    """A function that several rules ask of one analysis, answering from memory after the first time.

    What it gives is not to be changed.
    """

    @wraps(find)
    def found(subject: Subject) -> T:
        known: dict[Any, T] = subject._found
        if find not in known:
            known[find] = find(subject)
        return known[find]

    return found
