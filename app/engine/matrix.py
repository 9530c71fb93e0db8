"""Every masking rule over one conversation: rendered once, each rule applied, no rule in another's way.

A rule whose options cannot be read, or that takes more than its share of the time, is named
with the reason; a chat template that a framework cannot render is that framework's error.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..core.analysis import Analysis, Outcome, StrategyInfo
from ..core.matrix import Matrix, MissingRow
from ..core.matrix import matrix as laid_out
from ..core.request import AnalysisRequest, Choice
from ..errors import OptionError, TemplateError
from ..settings import Settings
from ..strategies.base import Strategy
from ..strategies.context import Context
from ..strategies.registry import STRATEGIES
from .allowance import OutOfTime, allowance
from .analyse import Opened, analyse, applied, chosen_reduction, open_request
from .worker import OptionsByStrategy

_WHOLE = "full"
"""The rule that gives the whole conversation, under which every other is laid."""

_SHARE_OF_JOB = 0.7
"""What all rules together may take of a job's time; the rest is for rendering and the answer."""

_TOO_SLOW = (
    "Not worked out within its share of the time; alone, the rule has all of it. "
    "The limit is LOSSMASK_JOB_SECONDS."
)


@dataclass(frozen=True, slots=True)
class _Row:
    analysis: Analysis
    remark: str | None = None


def matrix(
    request: AnalysisRequest, settings: Settings | None = None, options: OptionsByStrategy | None = None
) -> Matrix:
    """One row for each masking rule of the registry, each with its default options.

    `options` are those of other rules that are not the default; those of the request's own rule
    are the request's. Of the request's strategy only the options count.

    Raises:
        LossmaskError: the conversation, the template or the tokenizer is at fault.
    """
    settings = settings or Settings()
    given = {request.strategy.name: request.strategy.options, **(options or {})}
    until = time.monotonic() + settings.number("job_seconds") * _SHARE_OF_JOB
    whole = analyse(replace(request, strategy=Choice(_WHOLE)), settings, findings=False)
    opened = open_request(request, settings)
    made = _made(opened, whole, given, until)
    rows = [row for row in made if isinstance(row, _Row)]
    found = laid_out(request.conversation, whole.examples[0], [row.analysis for row in rows])
    return replace(
        found,
        rows=tuple(replace(row, remark=made.remark) for row, made in zip(found.rows, rows, strict=True)),
        missing=tuple(row for row in made if isinstance(row, MissingRow)),
    )


def _made(opened: Opened, whole: Analysis, given: OptionsByStrategy, until: float) -> list[_Row | MissingRow]:
    made: list[_Row | MissingRow] = []
    for done, rule in enumerate(STRATEGIES.values()):
        left = len(STRATEGIES) - done
        # Most rules take next to nothing, so that a slow one may have more than its equal share.
        share = 2 * (until - time.monotonic()) / (left + 1)
        made.append(_row(rule, opened, whole, given.get(rule.name, {}), share))
    return made


def _row(
    rule: Strategy, opened: Opened, whole: Analysis, given: Mapping[str, Any], share: float
) -> _Row | MissingRow:
    try:
        with allowance(max(share, 0.0)):
            return _applied(rule, opened, whole, given)
    except OutOfTime:
        return MissingRow(rule.name, rule.framework, rule.version, _TOO_SLOW)
    except OptionError as error:
        return MissingRow(rule.name, rule.framework, rule.version, error.detail)


def _applied(rule: Strategy, opened: Opened, whole: Analysis, given: Mapping[str, Any]) -> _Row:
    options = rule.read_options(given)
    info = StrategyInfo(rule.name, options, rule.framework, rule.version)
    try:
        _, context = opened.rendered_for(rule, options)
        needed, remark = _needed(rule, given, context)
        options = {**options, **needed}
        info = replace(info, options=options)
        outcome, analysed, _ = applied(rule, options, context, chosen_reduction(opened.request, rule))
    except TemplateError as error:
        return _Row(replace(whole, strategy=info, outcome=Outcome("error", error.detail), examples=()))
    return _Row(replace(whole, strategy=info, outcome=outcome, examples=analysed), remark)


def _needed(rule: Strategy, given: Mapping[str, Any], context: Context) -> tuple[dict[str, Any], str | None]:
    """What a rule has to be told before it means anything, told as its user would."""
    if rule.name != "trl-response-template" or _is_told(rule, given):
        return {}, None
    if not context.generation_prompt:
        return {}, "`response_template` has no default in TRL; this one is ChatML's."
    header = context.generation_prompt
    return {"response_template": header}, (
        "`response_template` has no default in TRL; this one is what the chat template's "
        "generation prompt writes."
    )


def _is_told(rule: Strategy, given: Mapping[str, Any]) -> bool:
    """Whether `response_template` was chosen; a form sends its default along with the rest."""
    default = rule.read_options({})["response_template"]
    return bool(given.get("response_template", default) != default)
