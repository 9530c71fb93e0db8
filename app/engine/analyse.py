"""The one pure function: a request gives an analysis, through every layer, top to bottom.

Pure but for the files of the tokenizer and, where the request names no date, the clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from ..core.contributions import contributions
from ..core.conversation import Conversation
from ..core.difference import Difference, differences, uncut
from ..core.example import MASKED, Example, FloatArray, Reason, Refusal
from ..core.provenance import EMPTY, Rendering
from ..core.request import AnalysisRequest
from ..core.tokens import Tokens
from ..errors import TemplateError, TooLarge
from ..findings.subject import Subject
from ..rendering.render import Template, Variables, compile_template, render, render_text
from ..rendering.variables import open_variables
from ..settings import Settings
from ..strategies.base import Strategy
from ..strategies.context import Context, open_context
from ..strategies.registry import strategy
from ..strategies.turns import Turns, find_turns
from ..tokenization.load import load_cached
from ..tokenization.locate import Location, locate
from ..tokenization.names import TokenizerRef
from ..tokenization.tokenizer import Tokenizer
from .diagnosis import diagnosed
from .renders import kept
from .template_choice import ChosenTemplate, choose_template


def analyse(request: AnalysisRequest, settings: Settings | None = None, *, findings: bool = True) -> Analysis:
    """What a fine-tune would learn from the request's conversation; `findings` says what is wrong with it.

    Raises:
        LossmaskError: what the user can mend; what the framework refuses is an `Outcome`.
    """
    subject = analysed(request, settings or Settings())
    rule, examples = subject.strategy, [row.example for row in subject.examples]
    return Analysis(
        outcome=subject.outcome,
        tokenizer=subject.tokenizer,
        template=subject.template,
        strategy=StrategyInfo(rule.name, subject.options, rule.framework, rule.version),
        reduction=request.reduction.name,
        today=request.today or date.today(),
        examples=tuple(subject.examples),
        reason_table=_reason_table(examples),
        findings=diagnosed(subject) if findings else (),
        statistics=_statistics(examples),
        versions=_versions(),
    )


def analysed(request: AnalysisRequest, settings: Settings) -> Subject:
    """The analysis before its findings, as the rules that diagnose it get to see it; raises as `analyse`."""
    rule = strategy(request.strategy.name)
    options = rule.read_options(request.strategy.options)
    opened = open_request(request, settings)
    template, context = opened.rendered_for(rule, options)
    _, outcome, examples = applied(rule, options, context, request.reduction.name)
    return Subject(
        request=request,
        strategy=rule,
        options=options,
        context=context,
        examples=examples,
        outcome=outcome,
        tokenizer=_tokenizer_info(opened.tokenizer, opened.chosen, context),
        template=_template_info(request, opened.tokenizer, opened.chosen, template),
        analyse_again=partial(_again, opened, rule, options),
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
        source = self.chosen.source
        if rule.chat_template is not None:
            source = rule.chat_template(source, options)
        key = (source, rule.renders_itself)
        if key not in self._rendered:
            template = compile_template(source)
            context = _context(self.request, self.tokenizer, template, self.most_characters, rule)
            self._rendered[key] = (template, context)
        return self._rendered[key]


def open_request(request: AnalysisRequest, settings: Settings) -> Opened:
    """Load what the request names.

    Raises:
        TokenizerError, TemplateError: it cannot be had.
    """
    location = _location(request.tokenizer, settings.text("tokenizers"))
    tokenizer = load_cached(location, request.tokenizer_loader)
    most = settings.integer("rendered_characters")
    return Opened(request, tokenizer, choose_template(request, tokenizer), most)


def applied(
    rule: Strategy, options: dict[str, Any], context: Context, reduction: str
) -> tuple[list[Example], Outcome, tuple[ExampleAnalysis, ...]]:
    """The rule's examples, what the framework does with the row, and what the analysis adds."""
    examples, outcome = _examples(rule, options, context)
    return examples, outcome, _weighed(context, examples, reduction)


def _again(
    opened: Opened, rule: Strategy, options: Mapping[str, Any], changed: Mapping[str, Any]
) -> tuple[ExampleAnalysis, ...]:
    """The examples under some other options; raises `Refusal` where the framework refuses the row."""
    others = rule.read_options({**options, **changed})
    _, context = opened.rendered_for(rule, others)
    return _weighed(context, list(rule.examples(context, others)), opened.request.reduction.name)


def _weighed(context: Context, examples: list[Example], reduction: str) -> tuple[ExampleAnalysis, ...]:
    return tuple(map(partial(_example_analysis, context), examples, contributions(reduction, examples)))


@lru_cache(maxsize=64)
def _location(name: str, local_root: str) -> Location:
    return locate(TokenizerRef.parse(name), Settings({"LOSSMASK_TOKENIZERS": local_root}))


def _context(
    request: AnalysisRequest, tokenizer: Tokenizer, template: Template, most: int, rule: Strategy
) -> Context:
    variables = Variables(tokenizer.special_tokens, request.template_arguments, request.today)
    rendering = _rendering(template, request.conversation, variables, rule)
    if len(rendering.text) > most:
        raise TooLarge(
            f"The rendered text has {len(rendering.text):,} characters; at most {most:,} are taken."
        )
    tokens = tokenizer.encode(rendering.text)

    def render_other(conversation: Conversation, **arguments: Any) -> str:
        return render_text(template, conversation, variables.with_arguments(**arguments))

    def rendered(
        source: str | None = None, conversation: Conversation | None = None, **arguments: Any
    ) -> Rendering:
        chosen = template if source is None else compile_template(source)
        return render(chosen, conversation or request.conversation, variables.with_arguments(**arguments))

    return open_context(
        request.conversation,
        rendering,
        tokens,
        tokenizer,
        kept(render_other),
        rendered,
        dict(request.template_arguments),
        template.source,
    )


def _rendering(
    template: Template, conversation: Conversation, variables: Variables, rule: Strategy
) -> Rendering:
    try:
        return render(template, conversation, variables)
    except TemplateError:
        # Some frameworks rewrite the messages first, and the template may take those.
        if not rule.renders_itself:
            raise
        return EMPTY


def _examples(rule: Strategy, options: dict[str, Any], context: Context) -> tuple[list[Example], Outcome]:
    try:
        return list(rule.examples(context, options)), Outcome()
    except Refusal as refusal:
        return [], Outcome(refusal.kind, refusal.reason)


def _example_analysis(context: Context, example: Example, weighed: FloatArray) -> ExampleAnalysis:
    if example.tokens is context.tokens and example.rendering is context.rendering:
        return ExampleAnalysis(example, context.turns.messages, context.turns.parts, weighed)
    known = example.columns or _turns_of(context, example)
    count = len(example.tokens)
    difference = _difference(context.tokens, example)
    rendered = None if difference is None else Rendered(context.rendering.text, context.tokens)
    columns = known.messages[:count], known.parts[:count]
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


def _turns_of(context: Context, example: Example) -> Turns:
    """The rendering's own turns, unless the framework feeds other text or other tokens."""
    whole = context.tokens.head(len(example.tokens))
    if example.rendering is context.rendering and np.array_equal(whole.offsets, example.tokens.offsets):
        return context.turns
    bos_id, eos_id = context.tokenizer.bos_id, context.tokenizer.eos_id
    return find_turns(context.conversation, example.rendering, example.tokens, bos_id, eos_id)


def _reason_table(examples: Sequence[Example]) -> tuple[Reason, ...]:
    return examples[0].reason_table if examples else ()


def _tokenizer_info(tokenizer: Tokenizer, chosen: ChosenTemplate, context: Context) -> TokenizerInfo:
    return TokenizerInfo(
        name=tokenizer.name,
        revision=tokenizer.revision,
        vocabulary_size=tokenizer.vocabulary_size,
        template_sha256=chosen.sha256,
        loader=tokenizer.loader,
        differs_from_file=tokenizer.differs_from_file(context.rendering.text, context.tokens),
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
def _versions() -> dict[str, str]:
    names = ("transformers", "tokenizers", "jinja2")
    return {"lossmask": __version__, **{name: version(name) for name in names}}
