"""The one pure function: a request gives an analysis, through every layer, top to bottom.

Pure but for the files of the tokenizer and, where the request names no date, the clock.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache, partial
from importlib.metadata import version
from typing import Any

import numpy as np

from .. import __version__
from ..core.analysis import (
    Analysis,
    ExampleAnalysis,
    Outcome,
    Rendered,
    StrategyInfo,
    TemplateInfo,
    TokenizerInfo,
)
from ..core.contributions import ReductionInfo, weigh
from ..core.difference import Difference, differences, uncut
from ..core.example import MASKED, Example, FloatArray, Reason, Refusal, share_reasons
from ..core.origins import true_origins
from ..core.request import AnalysisRequest, Choice
from ..core.tokens import Tokens
from ..errors import TemplateError
from ..findings.subject import Subject
from ..rendering.render import Template, compile_template
from ..rendering.variables import open_variables
from ..settings import Settings
from ..strategies.base import Strategy
from ..strategies.context import Context
from ..strategies.registry import strategy
from ..tokenization.load import load_cached
from ..tokenization.locate import Location, locate
from ..tokenization.names import TokenizerRef
from ..tokenization.tokenizer import Tokenizer
from .bounds import check_template
from .contexts import columns_of, rendered_row
from .diagnosis import SHARE_OF_JOB, diagnosed
from .template_choice import ChosenTemplate, choose_template


def analyse(request: AnalysisRequest, settings: Settings | None = None, *, findings: bool = True) -> Analysis:
    """What a fine-tune would learn from the request's conversation; `findings` says what is wrong with it.

    Raises:
        LossmaskError: what the user can mend; what the framework refuses is an `Outcome`.
    """
    settings = settings or Settings()
    subject = analysed(request, settings)
    until = subject.began + settings.number("job_seconds") * SHARE_OF_JOB
    rule, examples = subject.strategy, [row.example for row in subject.examples]
    return Analysis(
        outcome=subject.outcome,
        tokenizer=subject.tokenizer,
        template=subject.template,
        strategy=StrategyInfo(rule.name, subject.options, rule.framework, rule.version),
        reduction=subject.reduction,
        today=request.today or date.today(),
        examples=tuple(subject.examples),
        reason_table=_reason_table(examples),
        findings=diagnosed(subject, until) if findings else (),
        statistics=_statistics(examples),
        versions=versions(),
    )


def analysed(request: AnalysisRequest, settings: Settings) -> Subject:
    """The analysis before its findings, as the rules that diagnose it get to see it; raises as `analyse`."""
    rule = strategy(request.strategy.name)
    options = rule.read_options(request.strategy.options)
    opened, began = open_request(request, settings), time.monotonic()
    template, context = opened.rendered_for(rule, options)
    outcome, examples, reduction = applied(rule, options, context, chosen_reduction(request, rule))
    return Subject(
        request=request,
        strategy=rule,
        options=options,
        context=context,
        examples=examples,
        outcome=outcome,
        reduction=reduction,
        tokenizer=tokenizer_info(opened.tokenizer, opened.chosen, context),
        template=_template_info(request, opened.tokenizer, opened.chosen, template),
        analyse_again=partial(_again, opened, rule, options),
        began=began,
    )


@dataclass(frozen=True)
class Opened:
    """A request with its tokenizer and chat template at hand, rendered once for each template."""

    request: AnalysisRequest
    tokenizer: Tokenizer
    chosen: ChosenTemplate
    most_characters: int
    _rendered: dict[tuple[str, bool], tuple[Template, Context]] = field(default_factory=dict)

    def rendered_for(self, rule: Strategy, options: dict[str, Any]) -> tuple[Template, Context]:
        """The template that is rendered with, which a framework may put in place of the chosen one."""
        source = self.source_for(rule, options)
        key = (source, rule.renders_itself)
        if key not in self._rendered:
            template = compile_template(source)
            row = rendered_row(self.request, self.tokenizer, template, self.most_characters, rule)
            self._rendered[key] = (template, row.context(self.tokenizer.encode(row.rendering.text)))
        return self._rendered[key]

    def source_for(self, rule: Strategy, options: dict[str, Any]) -> str:
        """The Jinja source of that template.

        Raises:
            TemplateError: `no-template`, where there is none and the rule needs one.
        """
        chosen = self.chosen.source
        source = chosen if rule.chat_template is None else rule.chat_template(chosen, options)
        if self.chosen.missing and source == chosen and not rule.own_format:
            raise TemplateError(self.chosen.missing, code="no-template")
        return source


def open_request(request: AnalysisRequest, settings: Settings) -> Opened:
    """Load what the request names.

    Raises:
        TokenizerError, TemplateError: it cannot be had.
        TooLarge: the tokenizer's own chat template is.
    """
    location = _location(request.tokenizer, settings.text("tokenizers"))
    tokenizer = load_cached(location, request.tokenizer_loader)
    most = settings.integer("rendered_characters")
    chosen = choose_template(request, tokenizer)
    check_template(chosen.source, settings)
    return Opened(request, tokenizer, chosen, most)


def applied(
    rule: Strategy, options: dict[str, Any], context: Context, reduction: Choice
) -> tuple[Outcome, tuple[ExampleAnalysis, ...], ReductionInfo]:
    """What the framework does with the row, the rule's examples weighed, and how they are."""
    examples, outcome = examples_of(rule, options, context)
    return outcome, *_weighed(context, examples, reduction)


def _again(
    opened: Opened, rule: Strategy, options: Mapping[str, Any], changed: Mapping[str, Any]
) -> tuple[ExampleAnalysis, ...]:
    """The examples under some other options; raises `Refusal` where the framework refuses the row."""
    others = rule.read_options({**options, **changed})
    _, context = opened.rendered_for(rule, others)
    examples = list(rule.examples(context, others))
    return _weighed(context, examples, chosen_reduction(opened.request, rule))[0]


def chosen_reduction(request: AnalysisRequest, rule: Strategy) -> Choice:
    """The reduction that is asked for, or the one that the strategy's framework uses."""
    return request.reduction or rule.reduction


def _weighed(
    context: Context, examples: list[Example], reduction: Choice
) -> tuple[tuple[ExampleAnalysis, ...], ReductionInfo]:
    columns, info = weigh(reduction, examples)
    return tuple(map(partial(_example_analysis, context), examples, columns)), info


@lru_cache(maxsize=64)
def _location(name: str, local_root: str) -> Location:
    return locate(TokenizerRef.parse(name), Settings({"LOSSMASK_TOKENIZERS": local_root}))


def examples_of(rule: Strategy, options: dict[str, Any], context: Context) -> tuple[list[Example], Outcome]:
    """The rule's examples, none where the framework leaves the row out or raises on it."""
    try:
        return share_reasons(rule.examples(context, options)), Outcome()
    except Refusal as refusal:
        return [], Outcome(refusal.kind, refusal.reason)


def _example_analysis(context: Context, example: Example, weighed: FloatArray) -> ExampleAnalysis:
    if example.tokens is context.tokens and example.rendering is context.rendering:
        return ExampleAnalysis(example, context.turns.messages, context.turns.parts, weighed)
    difference = _difference(context.tokens, example)
    rendered = None if difference is None else Rendered(context.rendering.text, context.tokens)
    columns = columns_of(context, example)
    if example.rendering is not context.rendering:
        # Only now: parts are told by what the template was given, not by what the user called it.
        rendering = true_origins(example.rendering, context.conversation.messages)
        example = replace(example, rendering=rendering)
    return ExampleAnalysis(example, *columns, weighed, difference, rendered)


def _difference(rendered: Tokens, example: Example) -> tuple[Difference, ...] | None:
    """Where an example's ids differ from the rendering's, beyond what truncation cut."""
    ids = example.tokens.ids
    if not len(rendered):
        return None
    is_start = np.array_equal(ids, rendered.ids[: len(ids)])
    if is_start and (example.cut_tokens or len(ids) == len(rendered)):
        return None
    found = differences(ids, rendered.ids)
    return (uncut(found, len(ids)) if example.cut_tokens else found) or None


def _reason_table(examples: Sequence[Example]) -> tuple[Reason, ...]:
    """The table that `share_reasons` made one for all examples."""
    return examples[0].reason_table if examples else ()


def tokenizer_info(tokenizer: Tokenizer, chosen: ChosenTemplate, context: Context | None) -> TokenizerInfo:
    """Which tokenizer was used, and whether its two loaders agree on the context's text."""
    return TokenizerInfo(
        name=tokenizer.name,
        revision=tokenizer.revision,
        vocabulary_size=tokenizer.vocabulary_size,
        template_sha256=chosen.sha256,
        loader=tokenizer.loader,
        differs_from_file=None
        if context is None
        else tokenizer.differs_from_file(context.rendering.text, context.tokens),
        special_tokens=tokenizer.special_tokens,
    )


def _template_info(
    request: AnalysisRequest, tokenizer: Tokenizer, chosen: ChosenTemplate, template: Template
) -> TemplateInfo:
    given = {*tokenizer.special_tokens, *request.template_arguments}
    read = tuple(name for name in open_variables(template.source) if name not in given)
    return TemplateInfo(chosen.name, template.source, tuple(tokenizer.chat_templates), read)


def _statistics(examples: Sequence[Example]) -> dict[str, Any]:
    """Counts of tokens over all examples; `share` is trained over all."""
    tokens = sum(len(example.tokens) for example in examples)
    trained = sum(int(np.count_nonzero(example.labels != MASKED)) for example in examples)
    used = sum(int(np.count_nonzero(example.used)) for example in examples)
    return {
        "tokens": tokens,
        "trained": trained,
        "masked": tokens - trained,
        "unused": trained - used,
        "cut": sum(example.cut_tokens for example in examples),
        "share": trained / tokens if tokens else 0.0,
    }


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Of what an answer depends on."""
    names = ("transformers", "tokenizers", "jinja2")
    return {"lossmask": __version__, **{name: version(name) for name in names}}
