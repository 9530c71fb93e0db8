"""What the batch page draws: the form with its choices, and a batch or a failure."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.contributions import REDUCTIONS
from ...rendering.library import bundled_templates
from ...strategies.registry import STRATEGIES
from ..batch_form import ARRANGEMENTS, NUMBERS, BatchForm
from ..forms import OWN, PASTED
from .batch import BatchView
from .controls import Choice
from .failure import FailureView

SHOWN = frozenset({"conversation", "tokenizer", "template", "strategy", "reduction", "row", "view", "page"})
"""Fields of the main page that this one shows itself, or that mean nothing for several rows."""


@dataclass(frozen=True, slots=True)
class NumberField:
    """A field for a whole number."""

    name: str
    title: str
    value: str


@dataclass(frozen=True, slots=True)
class BatchPage:
    """Either `batch` or `failure` is there."""

    form: BatchForm
    tokenizers: tuple[str, ...]
    batch: BatchView | None = None
    failure: FailureView | None = None

    @property
    def unseen(self) -> list[tuple[str, str]]:
        """The main page's fields that go along unseen."""
        return [(name, value) for name, value in self.form.analysis.fields() if name not in SHOWN]

    @property
    def templates(self) -> tuple[Choice, ...]:
        """The tokenizer's own template, one pasted or named on the main page, and the bundled ones."""
        chosen = self.form.analysis.template
        known = [(OWN, "the tokenizer's own"), (PASTED, "your own, from the main page")]
        known += [(f"bundled:{one.name}", one.title) for one in bundled_templates()]
        if chosen not in dict(known):
            known.append((chosen, f"its template “{chosen.removeprefix('named:')}”"))
        return tuple(Choice(value, title, value == chosen) for value, title in known)

    @property
    def strategies(self) -> tuple[Choice, ...]:
        chosen = self.form.analysis.strategy
        return tuple(Choice(one.name, one.title, one.name == chosen) for one in STRATEGIES.values())

    @property
    def reductions(self) -> tuple[Choice, ...]:
        return _reductions("strategy's default", self.form.analysis.reduction)

    @property
    def compared(self) -> tuple[Choice, ...]:
        return _reductions("the usual other one", self.form.compare_with)

    @property
    def arrangements(self) -> tuple[Choice, ...]:
        chosen = self.form.arrangement
        return tuple(
            Choice(name, title, name == chosen, meaning) for name, (title, meaning) in ARRANGEMENTS.items()
        )

    @property
    def numbers(self) -> tuple[NumberField, ...]:
        return tuple(
            NumberField(f"batch.{name}", title, self.form.number(name))
            for name, (title, _) in NUMBERS.items()
        )


def _reductions(default: str, chosen: str) -> tuple[Choice, ...]:
    named = [(rule.name, rule.title) for rule in REDUCTIONS.values()]
    return tuple(Choice(value, title, value == chosen) for value, title in [("", default), *named])
