"""What the compare page draws beside the comparison: both sides' settings, and a form for one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...core.analysis import Analysis
from ..compare_form import SIDES, CompareForm
from ..forms import ARGUMENT, AnalysisForm
from .compare import CompareView
from .controls import Choice, Controls, StrategyView, controls
from .failure import FailureView

_CHOSEN = ("tokenizer", "loader", "template", "template_source", "strategy")
_SHOWN = frozenset({*_CHOSEN, "conversation", "more_arguments", "today"})
MOST_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of both sides."""

    title: str
    a: str
    b: str
    differs: bool


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Either `view` or `failure` is there."""

    form: CompareForm
    tokenizers: tuple[str, ...]
    view: CompareView | None = None
    failure: FailureView | None = None
    analyses: tuple[Analysis, Analysis] | None = None

    @property
    def prefix(self) -> str:
        """Before the name of every field that can be changed here."""
        return f"{self.form.side}."

    @property
    def letter(self) -> str:
        return self.form.side.upper()

    @property
    def controls(self) -> Controls:
        """What the side that is being changed can choose from."""
        analysed = None if self.analyses is None else self.analyses[SIDES.index(self.form.side)]
        return controls(self.form.changed, analysed, self.tokenizers)

    @property
    def opened(self) -> bool:
        """Whether the fields are shown at once: there is nothing else to look at yet, or one is at fault."""
        return self.form.fresh or self.failure is not None or self.form.a == self.form.b

    @property
    def strategies(self) -> tuple[Choice, ...]:
        views = self.controls.strategies
        return tuple(Choice(one.strategy.name, one.strategy.title, one.chosen) for one in views)

    @property
    def chosen(self) -> StrategyView | None:
        return self.controls.chosen

    @property
    def unseen(self) -> list[tuple[str, str]]:
        """Fields that go along: all of the side that is kept, and of the other what is not shown."""
        kept, side = ("a" if self.form.side == "b" else "b"), self.form.side
        chosen = {option.field for option in self.chosen.options} if self.chosen else set()
        rest = (
            (f"{side}.{name}", value)
            for name, value in self.form.changed.fields()
            if name not in _SHOWN and name not in chosen and not name.startswith(ARGUMENT)
        )
        # Of a field that is there twice the last counts, and the choices of examples come after these.
        return [*((f"{kept}.{name}", value) for name, value in self.form.kept.fields()), *rest]

    def plain_fields(self, side: str) -> list[tuple[str, str]]:
        """One side's fields as the main page takes them."""
        return (self.form.a if side == "a" else self.form.b).fields()

    @property
    def sides(self) -> tuple[str, ...]:
        return SIDES

    @property
    def settings(self) -> tuple[Setting, ...]:
        """What either side is made with."""
        columns = [_settings(form, self.tokenizers) for form in (self.form.a, self.form.b)]
        return tuple(
            Setting(title, shown_a, shown_b, exact_a != exact_b)
            for (title, shown_a, exact_a), (_, shown_b, exact_b) in zip(*columns, strict=True)
        )


def _settings(form: AnalysisForm, tokenizers: Sequence[str]) -> list[tuple[str, str, object]]:
    """Title, what is shown, and what decides whether the sides differ."""
    offered = controls(form, None, tokenizers)
    arguments = [*offered.set_arguments, *([f"today={form.today}"] if form.today else [])]
    tokenizer = f"{form.tokenizer}, tokenizer.json" if form.loader == "file" else form.tokenizer
    template = (form.template, form.template_source if form.template == "pasted" else "")
    return [
        ("Tokenizer", tokenizer, tokenizer),
        ("Chat template", offered.template_label, template),
        ("Masking rule", offered.strategy_label, (form.strategy, offered.strategy_label)),
        ("Template arguments", ", ".join(arguments) or "none set", tuple(arguments)),
        ("Conversation", _quoted(form), (form.conversation, form.row, form.format)),
    ]


def _quoted(form: AnalysisForm) -> str:
    """The beginning of the paste on one line."""
    text = " ".join(form.conversation.split())
    row = f" (row {form.row + 1})" if form.row else ""
    return (f"{text[:MOST_QUOTED]}…" if len(text) > MOST_QUOTED else text) + row
