"""The answer: every example as columns, and its JSON, which is the contract of the API.

Inside, columns are arrays (`messages` -1 for none, `parts` indices into `PARTS`); only
`as_json` turns them into lists. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .contributions import ReductionInfo, weigh
from .difference import Difference, sentence
from .digest import digest
from .example import Example, FloatArray, Reason
from .losses import Losses, known
from .parts import PARTS
from .provenance import NO_MESSAGE, IntArray
from .request import Choice
from .tokens import Tokens

Severity: TypeAlias = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the framework would do with the row."""

    kind: Literal["ok", "dropped", "error"] = "ok"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TokenizerInfo:
    """Which tokenizer was used. `differs_from_file` is one sentence where the two loaders give other ids."""

    name: str
    revision: str | None
    vocabulary_size: int
    template_sha256: str | None
    loader: str = "auto"
    differs_from_file: str | None = None
    special_tokens: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """Which chat template was used.

    `source` is what was rendered with, which a framework may put in place of the chosen one.
    `name` is `own`, `named:NAME`, `bundled:NAME` or `pasted`; `names` are those the tokenizer
    offers; `variables` are read by the template and not always set, in order of first use.
    """

    name: str
    source: str
    names: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StrategyInfo:
    """Which masking rule was applied, with every option's value."""

    name: str
    options: Mapping[str, Any]
    framework: str
    version: str


class Rendered(NamedTuple):
    """What inference will see: the chat template's own text, and its tokens."""

    text: str
    tokens: Tokens

    def as_json(self) -> dict[str, Any]:
        """The rendering as the API writes it."""
        return {"text": self.text, **_token_columns(self.tokens)}


@dataclass(frozen=True, slots=True)
class ExampleAnalysis:
    """One example with what the analysis adds, as columns of one length n."""

    example: Example
    messages: IntArray
    """(n,) index of the message whose turn the token is in, or -1."""
    parts: NDArray[np.uint8]
    """(n,) index into `PARTS`."""
    coefficients: FloatArray
    """(n,) of each token's cross-entropy in the loss; NaN where only a model's probability tells it."""
    difference: tuple[Difference, ...] | None = None
    """Where the ids differ from those of the chat template's rendering; None where they do not."""
    rendered: Rendered | None = None
    """That rendering, where the ids differ."""
    losses: Losses | None = None
    """What a model says about the tokens, where it was asked."""

    @property
    def contributions(self) -> FloatArray:
        """(n,) what each token adds to the loss: its coefficient, times its cross-entropy where known.

        NaN where a token counts and how much is not known.
        """
        if self.losses is None:
            return self.coefficients
        product = self.coefficients * self.losses.cross_entropy
        found: FloatArray = np.where(self.coefficients == 0, 0.0, product)
        return found

    @property
    def notice(self) -> str | None:
        """One sentence where the framework trains on other tokens than inference will see."""
        return None if self.difference is None else sentence(self.difference)

    def as_json(self) -> dict[str, Any]:
        """The example as the API writes it."""
        rendering, tokens = self.example.rendering, self.example.tokens
        return {
            "text": rendering.text,
            "input_ids": tokens.ids.tolist(),
            "labels": self.example.labels.tolist(),
            "weights": self.example.weights.tolist(),
            "offsets": tokens.offsets.tolist(),
            "pieces": list(tokens.pieces),
            "messages": [None if index == NO_MESSAGE else index for index in self.messages.tolist()],
            "parts": [PARTS[index] for index in self.parts.tolist()],
            "reasons": self.example.reasons.tolist(),
            "contributions": known(self.contributions),
            "coefficients": known(self.coefficients),
            "losses": None if self.losses is None else self.losses.as_json(),
            "special": np.flatnonzero(tokens.special).tolist(),
            "cut_tokens": self.example.cut_tokens,
            "rendered": None if self.rendered is None else self.rendered.as_json(),
            "difference": None if self.difference is None else [row.as_json() for row in self.difference],
            "notice": self.notice,
            "provenance": {
                "origins": [origin.as_json() for origin in rendering.origins],
                "runs": rendering.runs(),
            },
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnosis: a stable code, a severity, the tokens, one sentence, and a fix to copy."""

    code: str
    severity: Severity
    sentence: str
    tokens: tuple[tuple[int, int], ...] = ()
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that is known about one request."""

    outcome: Outcome
    tokenizer: TokenizerInfo
    template: TemplateInfo | None
    strategy: StrategyInfo
    reduction: ReductionInfo
    today: date
    examples: tuple[ExampleAnalysis, ...]
    reason_table: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    statistics: Mapping[str, Any]
    versions: Mapping[str, str]

    def with_losses(self, losses: Sequence[Losses | None]) -> Analysis:
        """The same analysis with what a model says about each example, weighed anew.

        Raises:
            ValueError: there are not as many as examples, or one is not as long as its example.
        """
        rows = list(zip(self.examples, losses, strict=True))
        for example, of_example in rows:
            if of_example is not None and len(of_example.cross_entropy) != len(example.example.tokens):
                raise ValueError("losses are of another length than their example")
        weighed = weigh(
            Choice(self.reduction.name, self.reduction.options),
            [example.example for example, _ in rows],
            probabilities=[
                None if of_example is None else of_example.probabilities for _, of_example in rows
            ],
        )
        examples = tuple(
            replace(example, coefficients=column, losses=of_example)
            for (example, of_example), column in zip(rows, weighed.columns, strict=True)
        )
        return replace(self, examples=examples, reduction=weighed.info)

    def as_json(self) -> dict[str, Any]:
        """The answer of `POST /api/analyses`."""
        return {
            "outcome": _fields(self.outcome),
            "tokenizer": {**_fields(self.tokenizer), "special_tokens": dict(self.tokenizer.special_tokens)},
            "template": None if self.template is None else _fields(self.template),
            "strategy": {**_fields(self.strategy), "options": dict(self.strategy.options)},
            "reduction": self.reduction.as_json(),
            "today": self.today.isoformat(),
            "examples": [example.as_json() for example in self.examples],
            "reason_table": [reason.as_json() for reason in self.reason_table],
            "findings": [_fields(finding) for finding in self.findings],
            "statistics": dict(self.statistics),
            "versions": dict(self.versions),
            "digest": digest(self),
        }


def _fields(row: Outcome | TokenizerInfo | TemplateInfo | StrategyInfo | Finding) -> dict[str, Any]:
    """What a row holds, by name; `dataclasses.asdict` would copy all of it, a tenth of a small analysis."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _token_columns(tokens: Tokens) -> dict[str, Any]:
    return {
        "input_ids": tokens.ids.tolist(),
        "offsets": tokens.offsets.tolist(),
        "pieces": list(tokens.pieces),
        "special": np.flatnonzero(tokens.special).tolist(),
    }
