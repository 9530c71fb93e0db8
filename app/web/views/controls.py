"""The controls of the form: what can be chosen, what is chosen, and what of it is not the default."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.analysis import Analysis
from ...core.contributions import REDUCTIONS, Reduction
from ...errors import OptionError
from ...rendering.library import bundled_templates
from ...strategies.base import Option, Strategy
from ...strategies.registry import STRATEGIES
from ..forms import OWN, PASTED, REDUCTION, AnalysisForm


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list of choices."""

    value: str
    title: str
    chosen: bool
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class OptionView:
    """One option of a strategy: its field's name, its value as text, and whether that is the default."""

    option: Option
    field: str
    value: str
    changed: bool

    @property
    def config_value(self) -> Any:
        """The value as the configuration has it; the default where what was typed cannot be read."""
        try:
            return self.option.read(self.value)
        except OptionError:
            return self.option.default

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be chosen; a flag that may be null has three choices."""
        named = ("true", "false") if self.option.kind == "flag" else self.option.choices
        if self.option.open and self.value and self.value not in named:
            named = (*named, self.value)
        null = "" if self.option.default is None else "null"
        values = (null, *named) if self.option.takes_null else named
        return tuple(Choice(value, value or "null", value == self.value) for value in values)


@dataclass(frozen=True, slots=True)
class StrategyView:
    """One masking rule with its options."""

    strategy: Strategy
    chosen: bool
    options: tuple[OptionView, ...]

    @property
    def of_framework(self) -> bool:
        """Whether it stands for a training framework, and not for a way of masking as such."""
        return self.strategy.framework not in ("lossmask", "transformers")

    @property
    def changed(self) -> tuple[OptionView, ...]:
        return tuple(option for option in self.options if option.changed)

    @property
    def config(self) -> str:
        """The configuration that gives these options: lines that are not the default, then the others."""
        set_here = self._lines(self.changed)
        others = self._lines(tuple(option for option in self.options if not option.changed))
        heads = ["# the rest is at its default here"] if set_here and others else []
        return "\n".join([*set_here, *heads, *others])

    def _lines(self, options: Sequence[OptionView]) -> list[str]:
        kind = self.strategy.config_kind
        lines = (view.option.config_line(view.config_value, kind) for view in options)
        return list(dict.fromkeys(line for line in lines if line))


@dataclass(frozen=True, slots=True)
class ReductionOptionView:
    """One option of a reduction: its field's name and what can be chosen."""

    name: str
    meaning: str
    field: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class ReductionView:
    """One way to make one loss of many cross-entropies, with its options."""

    reduction: Reduction
    chosen: bool
    options: tuple[ReductionOptionView, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """A variable that the chat template reads; empty where nobody set it."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Controls:
    """The form, ready to be drawn."""

    form: AnalysisForm
    tokenizers: tuple[str, ...]
    own_templates: tuple[Choice, ...]
    bundled: tuple[Choice, ...]
    strategies: tuple[StrategyView, ...]
    reductions: tuple[ReductionView, ...]
    default_reduction: str
    """What the chosen strategy's own reduction is called."""
    arguments: tuple[Argument, ...]
    set_arguments: tuple[str, ...]
    template_label: str
    strategy_label: str

    @property
    def framework_strategies(self) -> tuple[StrategyView, ...]:
        return tuple(view for view in self.strategies if view.of_framework)

    @property
    def chosen(self) -> StrategyView | None:
        """The chosen rule; None for a name that there is not."""
        return next((view for view in self.strategies if view.chosen), None)

    @property
    def reduction_label(self) -> str:
        """The chosen reduction in a few words."""
        chosen = next((view.reduction.title for view in self.reductions if view.chosen), None)
        return chosen or f"strategy's default ({self.default_reduction})"

    @property
    def pasted(self) -> bool:
        return self.form.template == PASTED


def controls(form: AnalysisForm, analysis: Analysis | None, tokenizers: Sequence[str]) -> Controls:
    """What the form offers, given what the last analysis found out about tokenizer and template."""
    strategies = tuple(_strategy(strategy, form) for strategy in STRATEGIES.values())
    chosen = next((view for view in strategies if view.chosen), None)
    return Controls(
        form=form,
        tokenizers=tuple(tokenizers),
        own_templates=_own_templates(form, analysis),
        bundled=tuple(
            Choice(f"bundled:{template.name}", template.title, form.template == f"bundled:{template.name}")
            for template in bundled_templates()
        ),
        strategies=strategies,
        reductions=tuple(_reduction(reduction, form) for reduction in REDUCTIONS.values()),
        default_reduction=_default_reduction(chosen),
        arguments=_arguments(form, analysis),
        set_arguments=_set_arguments(form),
        template_label=template_label(form),
        strategy_label=_strategy_label(form, chosen),
    )


def _own_templates(form: AnalysisForm, analysis: Analysis | None) -> tuple[Choice, ...]:
    """The tokenizer's own template, and its further ones by name."""
    names = analysis.template.names if analysis and analysis.template else ()
    named = [f"named:{name}" for name in names if len(names) > 1]
    if form.template.startswith("named:") and form.template not in named:
        named.append(form.template)
    rest = [
        Choice(name, f"its template “{name.removeprefix('named:')}”", form.template == name) for name in named
    ]
    return (Choice(OWN, "the tokenizer's own", form.template == OWN), *rest)


def _strategy(strategy: Strategy, form: AnalysisForm) -> StrategyView:
    options = tuple(_option(strategy, option, form.options) for option in strategy.options)
    return StrategyView(strategy, strategy.name == form.strategy, options)


def _option(strategy: Strategy, option: Option, given: Mapping[str, str]) -> OptionView:
    default = _as_text(option.default)
    value = given.get(f"{strategy.name}.{option.name}", "") or default
    return OptionView(option, f"option.{strategy.name}.{option.name}", value, value != default)


def _reduction(reduction: Reduction, form: AnalysisForm) -> ReductionView:
    options = []
    for option in reduction.options:
        key = f"{reduction.name}.{option.name}"
        value = form.reduction_options.get(key, "") or option.default
        choices = tuple(Choice(one, one, one == value) for one in option.choices)
        options.append(ReductionOptionView(option.name, option.meaning, f"{REDUCTION}{key}", choices))
    return ReductionView(reduction, reduction.name == form.reduction, tuple(options))


def _default_reduction(chosen: StrategyView | None) -> str:
    """The title of the chosen strategy's own, with those options that are not the default."""
    if chosen is None:
        return "its own"
    own = chosen.strategy.reduction
    rule = REDUCTIONS[own.name]
    defaults = {option.name: option.default for option in rule.options}
    changed = (f"{name}: {value}" for name, value in own.options.items() if value != defaults.get(name))
    return ", ".join((rule.title, *changed))


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _arguments(form: AnalysisForm, analysis: Analysis | None) -> tuple[Argument, ...]:
    """Every variable that the template asks for, and every argument the user set."""
    read = analysis.template.variables if analysis and analysis.template else ()
    names = dict.fromkeys([*read, *(name for name, value in form.arguments.items() if value)])
    return tuple(Argument(name, form.arguments.get(name, "")) for name in names)


def _set_arguments(form: AnalysisForm) -> tuple[str, ...]:
    given: Iterable[str] = (f"{name}={value}" for name, value in form.arguments.items() if value)
    more = form.more_arguments.strip()
    return (*given, more) if more else tuple(given)


def template_label(form: AnalysisForm) -> str:
    """The chosen chat template in a word."""
    if form.template == OWN:
        return "its own"
    return "pasted ●" if form.template == PASTED else form.template.removeprefix("bundled:")


def _strategy_label(form: AnalysisForm, chosen: StrategyView | None) -> str:
    if chosen is None:
        return form.strategy
    changed = ", ".join(f"{view.option.name}: {view.value}" for view in chosen.changed)
    return f"{chosen.strategy.title} · {changed}" if changed else chosen.strategy.title
