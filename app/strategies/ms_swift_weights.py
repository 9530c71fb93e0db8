"""ms-swift's `loss_scale`: which parts of a reply have which weight.

Source: ms_swift 4.6.0, `loss_scale/base.py`, `loss_scale/utils.py`, `loss_scale/config/`.
A name is a base (`default`, `last_round`, `all`) and scales after it, joined by `+`: each splits the
parts of the one before at its marks, and weights multiply.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..core.example import Refusal
from ..rendering.traced import Traced

Part: TypeAlias = tuple[str, float]

BASES = ("default", "last_round", "all")


@dataclass(frozen=True, slots=True)
class Scale:
    """Marks that split a text. `words` weigh themselves and what follows; `patterns` what they match.

    `queries` weigh a whole reply where they stand in the question.
    """

    words: dict[str, tuple[float, float]] | None = None
    patterns: dict[str, float] | None = None
    queries: dict[str, float] | None = None
    binary: bool | None = None

    @property
    def is_binary(self) -> bool:
        """Whether every weight is 0 or 1."""
        if self.binary is not None:
            return self.binary
        weights = [*(self.patterns or {}).values(), *sum((self.words or {}).values(), ())]
        return all(weight in (0.0, 1.0) for weight in weights)

    def parts(self, text: str, query: object) -> list[Part]:
        """The text in parts with their weights."""
        for key, weight in (self.queries or {}).items():
            if isinstance(query, (str, list)) and key in query:
                return [(text, weight)]
        if self.words:
            return self._by_words(text)
        return self._by_patterns(text) if self.patterns else [(text, 1.0)]

    def _by_words(self, text: str) -> list[Part]:
        assert self.words is not None
        found: list[Part] = []
        for mark, words in _split(text, [re.escape(word) for word in self.words]):
            weights = self.words.get(mark)
            found += [(words, 1.0)] if weights is None else [(mark, weights[0]), (words, weights[1])]
        return found

    def _by_patterns(self, text: str) -> list[Part]:
        assert self.patterns is not None
        parts = [part for pair in _split(text, list(self.patterns)) for part in pair if part]
        return [(part, self._weight(part)) for part in parts]

    def _weight(self, part: str) -> float:
        assert self.patterns is not None
        hits = (weight for pattern, weight in self.patterns.items() if re.match(pattern, part, re.DOTALL))
        return next(hits, 1.0)


def _split(text: str, patterns: Sequence[str]) -> list[tuple[str, str]]:
    """Each mark with the text after it; a text that begins without a mark has an empty one."""
    traced = text if isinstance(text, Traced) else Traced(text)
    found: list[tuple[str, str]] = []
    mark: str = Traced("")
    position = 0
    for match in re.finditer("|".join(f"(?:{pattern})" for pattern in patterns), text, re.DOTALL):
        if match.start() or found or mark:
            found.append((mark, traced[position : match.start()]))
        mark, position = traced[match.start() : match.end()], match.end()
    return [*found, (mark, traced[position:])]


_OBSERVED = {"Thought:": (1.0, 1.0), "Final Answer:": (1.0, 1.0), "Observation:": (2.0, 0.0)}
_ACTION = {"Action:": (2.0, 2.0), "Action Input:": (2.0, 2.0), **_OBSERVED}
_CALL_WORDS = (
    "Name:", "Action:", "ACTION:", "Tool:", "Command", "Arguments:", "action input", "ACTION_INPUT:",
    "Action Input:",
)  # fmt: skip
_ASKED = (
    "What is the tool you want to use",
    "What are the required parameter names",
    "What is the value of",
    "What are the required parameter names for this tool",
)
_BUDGET = "seed:cot_budget_reflect"
_SEED_THINKING_OFF = (
    f"^<seed:think><{_BUDGET}>The current thinking budget is 0, so I will directly start answering the "
    f"question.</{_BUDGET}>\n</seed:think>\\s*"
)

SCALES: dict[str, Scale] = {
    "base": Scale(),
    "ignore_empty_think": Scale(
        patterns={
            r"^<think>\s*</think>\s*": 0.0,
            _SEED_THINKING_OFF: 0.0,
            r"^</think>\s*": 0.0,
            r"^<\|channel>thought\n<channel\|>": 0.0,
            r"^</mm:think>\s*": 0.0,
        }
    ),
    "ignore_think_prefix": Scale(patterns={r"^<think>\n?": 0.0}),
    "react": Scale(words=_ACTION),
    "hermes": Scale(patterns={"<tool_call>.+?</tool_call>": 2.0}),
    "qwen": Scale(
        words={
            "\u273fFUNCTION\u273f:": (2.0, 2.0),
            "\u273fARGS\u273f:": (2.0, 2.0),
            "\u273fRETURN\u273f:": (1.0, 1.0),
            "\u273fRESULT\u273f:": (2.0, 0.0),
        }
    ),
    "agentflan": Scale(
        words={**dict.fromkeys(_CALL_WORDS, (1.0, 3.0)), **_OBSERVED},
        queries=dict.fromkeys(_ASKED, 3.0),
        binary=False,
    ),
    "alpha_umi": Scale(words={**_ACTION, "Next:": (2.0, 2.0)}),
}


@dataclass(frozen=True, slots=True)
class LossScale:
    """A base with scales that are applied one after the other."""

    base: str
    scales: tuple[Scale, ...]

    @property
    def is_binary(self) -> bool:
        """Whether ms-swift keeps labels only and no weights."""
        return all(scale.is_binary for scale in self.scales)

    def parts(self, text: str, query: object) -> list[Part]:
        """The text in parts with their weights."""
        parts: list[Part] = [(text, 1.0)]
        for scale in self.scales:
            parts = [
                (part, weight * factor)
                for words, weight in parts
                for part, factor in scale.parts(words, query)
            ]
        return parts


def loss_scale(name: str) -> LossScale:
    """The loss scale of that name.

    Raises:
        Refusal: `error`, naming the scales there are.
    """
    first, *rest = name.split("+")
    base, names = (first, rest or ["base"]) if first in BASES else ("default", [first, *rest])
    for given in names:
        if given not in SCALES:
            known = ", ".join((*BASES, *SCALES))
            raise Refusal("error", f"ms-swift has no loss scale {given!r}; it has: {known}.")
    return LossScale(base, tuple(SCALES[given] for given in names))
