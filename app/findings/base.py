"""What a rule is: a code, a severity, words for its page, a function, and two examples of its own.

Codes are stable and grouped by their hundreds: LM1 nothing trained, LM2 stop tokens, LM3
boundaries, LM4 template, LM5 tokenizer, LM6 truncation, LM7 framework. To add a rule: a
`Rule` in the file of its group, and a line in `registry`; its page and its tests follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from .subject import Subject

Severity: TypeAlias = Literal["error", "warning", "note"]
Fields: TypeAlias = Mapping[str, Any]
"""Fields of an analysis request, as the API takes them."""


class Found(NamedTuple):
    """One thing a rule found: a sentence with this conversation's words and numbers.

    `tokens` are half-open spans of the first example; `fix` can be copied: a configuration
    line, or the change to the template. A severity here overrules the rule's.
    """

    sentence: str
    tokens: tuple[tuple[int, int], ...] = ()
    fix: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One diagnosis.

    `failing` is a small request that the rule finds something in; `mended` are the fields
    that the fix changes, after which it does not; `healthy` is a request that was never ill.
    """

    code: str
    severity: Severity
    title: str
    why: str
    find: Callable[[Subject], Iterable[Found]]
    failing: Fields
    mended: Fields
    healthy: Fields
    sources: tuple[str, ...] = ()
    """Threads in which the problem was reported."""

    @property
    def group(self) -> str:
        """The group that the code's hundreds stand for."""
        return GROUPS[self.code[2]]


GROUPS = {
    "1": "nothing trained",
    "2": "stop tokens",
    "3": "boundaries",
    "4": "template",
    "5": "tokenizer",
    "6": "truncation",
    "7": "framework",
}
