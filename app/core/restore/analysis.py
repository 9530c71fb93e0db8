"""A stored analysis as a whole: what it was made with, its examples, and what was found."""

from __future__ import annotations

from datetime import date

from ...errors import ConversationError
from ..analysis import Analysis, Finding, Outcome, Severity, StrategyInfo, TemplateInfo, TokenizerInfo
from ..contributions import ReductionInfo
from ..example import Reason
from ..fields import (
    JSON,
    LARGEST,
    Unfit,
    as_object,
    as_optional_text,
    as_rows,
    as_text,
    as_texts,
    one_of,
)
from .checks import spans
from .example import example_from


def restored(value: object) -> Analysis:
    """The analysis whose `as_json` this is.

    Raises:
        ConversationError: `bad-analysis`, with the name of the field that is not as it should be.
    """
    try:
        return _analysis(as_object(value, "analysis"))
    except Unfit as fault:
        raise _no_analysis(str(fault)) from None
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, AttributeError) as fault:
        raise _no_analysis(f"it does not have the form of one ({type(fault).__name__})") from None


def _no_analysis(why: str) -> ConversationError:
    return ConversationError(f"This is not an analysis of Lossmask: {why}.", code="bad-analysis")


def _analysis(value: JSON) -> Analysis:
    table = tuple(_reason(row) for row in as_rows(value["reason_table"], "reason_table"))
    examples = tuple(
        example_from(as_object(row, "examples"), table) for row in as_rows(value["examples"], "examples")
    )
    template = value.get("template")
    return Analysis(
        outcome=_outcome(as_object(value["outcome"], "outcome")),
        tokenizer=_tokenizer(as_object(value["tokenizer"], "tokenizer")),
        template=None if template is None else _template(as_object(template, "template")),
        strategy=_strategy(as_object(value["strategy"], "strategy")),
        reduction=_reduction(as_object(value["reduction"], "reduction")),
        today=date.fromisoformat(as_text(value["today"], "today")),
        examples=examples,
        reason_table=table,
        findings=tuple(
            _finding(as_object(row, "findings")) for row in as_rows(value["findings"], "findings")
        ),
        statistics=as_object(value["statistics"], "statistics"),
        versions={
            name: as_text(text, "versions") for name, text in as_object(value["versions"], "versions").items()
        },
    )


def _outcome(value: JSON) -> Outcome:
    kind = value["kind"]
    if kind not in ("ok", "dropped", "error"):
        raise Unfit("`outcome.kind` is not known")
    return Outcome(kind, as_optional_text(value.get("reason"), "outcome.reason"))


def _tokenizer(value: JSON) -> TokenizerInfo:
    special = as_object(value.get("special_tokens", {}), "special_tokens")
    return TokenizerInfo(
        name=as_text(value["name"], "tokenizer.name"),
        revision=as_optional_text(value["revision"], "tokenizer.revision"),
        vocabulary_size=int(value["vocabulary_size"]),
        template_sha256=as_optional_text(value["template_sha256"], "tokenizer.template_sha256"),
        loader=as_text(value.get("loader", "auto"), "tokenizer.loader"),
        differs_from_file=as_optional_text(value.get("differs_from_file"), "tokenizer.differs_from_file"),
        special_tokens={name: as_text(text, "special_tokens") for name, text in special.items()},
    )


def _template(value: JSON) -> TemplateInfo:
    return TemplateInfo(
        as_text(value["name"], "template.name"),
        as_text(value["source"], "template.source"),
        as_texts(value.get("names", []), "template.names"),
        as_texts(value.get("variables", []), "template.variables"),
    )


def _strategy(value: JSON) -> StrategyInfo:
    name, framework, version = (
        as_text(value[field], f"strategy.{field}") for field in ("name", "framework", "version")
    )
    return StrategyInfo(name, as_object(value["options"], "strategy.options"), framework, version)


def _reduction(value: JSON) -> ReductionInfo:
    texts = {
        field: as_text(value[field], f"reduction.{field}")
        for field in ("name", "title", "formula", "with_numbers", "source")
    }
    note = as_optional_text(value.get("note"), "reduction.note")
    return ReductionInfo(**texts, options=as_object(value["options"], "reduction.options"), note=note)


def _reason(value: object) -> Reason:
    row = as_object(value, "reason_table")
    detail = as_object(row.get("detail") or {}, "detail")
    return Reason(as_text(row["rule"], "rule"), as_text(row["sentence"], "sentence"), detail)


def _finding(value: JSON) -> Finding:
    return Finding(
        code=as_text(value["code"], "finding.code"),
        severity=one_of(value["severity"], Severity, "finding.severity"),
        sentence=as_text(value["sentence"], "finding.sentence"),
        tokens=tuple(map(tuple, spans(value["tokens"], "finding.tokens", None, LARGEST).tolist())),
        fix=as_optional_text(value.get("fix"), "finding.fix"),
    )
