"""What a hostile row is: a name, what is sent, and the outcome it must end in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Outcome: TypeAlias = Literal[
    "ok",
    "bad-conversation",
    "bad-json",
    "bad-model-id",
    "bad-option",
    "bad-request",
    "broken-tokenizer",
    "lone-surrogate",
    "no-template",
    "template-error",
    "template-memory",
    "template-timeout",
    "tokenizer-memory",
    "tokenizer-timeout",
    "too-large",
    "unknown-strategy",
]
"""`ok`, or the code of a `LossmaskError`."""


@dataclass(frozen=True)
class Template:
    """A chat template; `says` is a part of the error's sentence, `writes` of the rendered text."""

    name: str
    outcome: Outcome
    source: str
    says: str = ""
    writes: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name
