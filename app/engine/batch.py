"""A batch from its request to its answer: render each row, encode all in one call, mask, lay out, weigh.

Covered: rows in their order, dealt as `core.batch.layout` says; a row that the template, the
tokenizer or the framework refuses keeps its place in the list and is not in the batch.
Not covered: shuffling, and findings of single rows, which `lossmask check` gives.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from ..core.analysis import Finding, Outcome, StrategyInfo
from ..core.batch.answer import Batch, BatchRow, MicroBatchPlan, plans
from ..core.batch.layout import Document, Layout, lay_out
from ..core.batch.notable import notable, uneven
from ..core.batch.request import BatchRequest, compared_with
from ..core.batch.shares import shares
from ..core.contributions import weigh_steps
from ..core.example import MASKED
from ..core.request import Choice
from ..core.tokens import Tokens
from ..errors import TemplateError, TokenizerError, TooLarge
from ..findings.framework_reduction import batch_finding
from ..rendering.render import compile_template
from ..settings import Settings
from ..strategies.base import Strategy
from ..strategies.context import Context
from ..strategies.registry import strategy
from ..tokenization.tokenizer import Tokenizer
from .analyse import Opened, chosen_reduction, examples_of, open_request, tokenizer_info, versions
from .contexts import RenderedRow, columns_of, rendered_row

DEFAULT_PACKING_LENGTH = 1024
"""TRL's `max_length`, to which it packs where nothing else is set."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One conversation after masking: what the framework does with it, and its examples."""

    outcome: Outcome
    documents: tuple[Document, ...] = ()
    context: Context | None = None


def analyse_batch(request: BatchRequest, settings: Settings | None = None) -> Batch:
    """What each token of the batch weighs in the loss of its optimizer step, under two reductions.

    Raises:
        LossmaskError: what the user can mend; what the framework refuses is a row's `Outcome`.
    """
    with _no_collection():
        return _analysed(request, settings or Settings())


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the collector, which a pair of offsets for each of half a million tokens would keep busy."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _analysed(request: BatchRequest, settings: Settings) -> Batch:
    rule = strategy(request.base.strategy.name)
    options, packing_length = _options(request, rule)
    reductions = _reductions(request, rule)
    _check_reductions(reductions)
    opened = open_request(request.base, settings)
    rows = _masked(request, opened, rule, options, settings)
    layout = lay_out([document for row in rows for document in row.documents], request.shape, packing_length)
    return _answer(request, opened, rule, options, reductions, rows, layout)


def _options(request: BatchRequest, rule: Strategy) -> tuple[dict[str, Any], int]:
    """The strategy's options, and the length of packs: TRL packs to `max_length` instead of cutting to it."""
    options, shape = rule.read_options(request.base.strategy.options), request.shape
    length = shape.packing_length or DEFAULT_PACKING_LENGTH
    limit = next((option for option in rule.options if option.name == "max_length"), None)
    if shape.packing is None or limit is None or not limit.takes_null:
        return options, length
    length = shape.packing_length or options["max_length"] or DEFAULT_PACKING_LENGTH
    return {**options, "max_length": None}, length


def _reductions(request: BatchRequest, rule: Strategy) -> tuple[Choice, Choice]:
    first = chosen_reduction(request.base, rule)
    return first, request.compare_with or compared_with(first.name)


def _check_reductions(reductions: Sequence[Choice]) -> None:
    """Refuse what is not known before any work is done."""
    for choice in reductions:
        weigh_steps(choice, [], [])


def _masked(
    request: BatchRequest, opened: Opened, rule: Strategy, options: dict[str, Any], settings: Settings
) -> list[_Row]:
    """Every row in its place."""
    rendered = _rendered(request, opened, rule, options, settings)
    texts = [row.rendering.text for row in rendered if isinstance(row, RenderedRow)]
    tokens = iter(_encoded(opened.tokenizer, texts))
    return [
        _row(index, row, next(tokens), rule, options) if isinstance(row, RenderedRow) else _Row(row)
        for index, row in enumerate(rendered)
    ]


def _rendered(
    request: BatchRequest, opened: Opened, rule: Strategy, options: dict[str, Any], settings: Settings
) -> list[RenderedRow | Outcome]:
    template = compile_template(opened.source_for(rule, options))
    most, left = opened.most_characters, settings.integer("batch_characters")
    found: list[RenderedRow | Outcome] = []
    for asked in request.rows():
        try:
            row = rendered_row(asked, opened.tokenizer, template, most, rule)
        except TemplateError as error:
            found.append(Outcome("error", error.detail))
            continue
        left -= len(row.rendering.text)
        if left < 0:
            most_of_all = settings.integer("batch_characters")
            raise TooLarge(f"The rendered texts have more than {most_of_all:,} characters together.")
        found.append(row)
    return found


def _encoded(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Tokens | Outcome]:
    """The tokens of each text; one that cannot be encoded does not cost the others."""
    try:
        return list(tokenizer.encode_many(texts))
    except TokenizerError:
        return [_alone(tokenizer, text) for text in texts]


def _alone(tokenizer: Tokenizer, text: str) -> Tokens | Outcome:
    try:
        return tokenizer.encode(text)
    except TokenizerError as error:
        return Outcome("error", error.detail)


def _row(
    index: int, row: RenderedRow, tokens: Tokens | Outcome, rule: Strategy, options: dict[str, Any]
) -> _Row:
    if isinstance(tokens, Outcome):
        return _Row(tokens)
    try:
        context = row.context(tokens)
        examples, outcome = examples_of(rule, options, context)
    except TemplateError as error:
        return _Row(Outcome("error", error.detail))
    documents = (
        Document(index, place, example, columns_of(context, example))
        for place, example in enumerate(examples)
    )
    return _Row(outcome, tuple(documents), context)


def _answer(
    request: BatchRequest,
    opened: Opened,
    rule: Strategy,
    options: Mapping[str, Any],
    reductions: tuple[Choice, Choice],
    rows: Sequence[_Row],
    layout: Layout,
) -> Batch:
    """Everything that is told of the batch."""
    weighed = [weigh_steps(choice, layout.sequences, layout.steps) for choice in reductions]
    columns, infos = [of.columns for of in weighed], (weighed[0].info, weighed[1].info)
    told = _rows(rows, layout)
    micro_batches = plans(layout, request.shape, columns, columns=request.columns)
    divided = shares(layout, columns, request.conversations)
    names = [choice.name for choice in reductions]
    spreads = [uneven(layout, column, name) for column, name in zip(columns, names, strict=True)]
    warning = batch_finding(rule.name, spreads[0], len(layout.steps))
    findings: tuple[Finding, ...] = () if warning is None else (warning,)
    first = next((row.context for row in rows if row.context is not None), None)
    return Batch(
        tokenizer=tokenizer_info(opened.tokenizer, opened.chosen, first),
        strategy=StrategyInfo(rule.name, options, rule.framework, rule.version),
        today=request.base.today or date.today(),
        shape=request.shape,
        reductions=infos,
        rows=told,
        micro_batches=micro_batches,
        shares=divided,
        notable=notable(layout, told, micro_batches, divided, infos, spreads),
        findings=findings,
        statistics=_statistics(told, micro_batches, layout),
        versions=versions(),
    )


def _rows(rows: Sequence[_Row], layout: Layout) -> tuple[BatchRow, ...]:
    used, steps = [0] * len(rows), dict[int, int]()
    for batch in layout.micro_batches:
        for index in batch.sequences:
            sequence = layout.sequences[index]
            for place in sequence.places:
                row = layout.documents[place.document].row
                here = slice(place.at, place.at + place.stop - place.start)
                used[row] += int(np.count_nonzero(sequence.used[here]))
                steps[row] = min(batch.step, steps.get(row, batch.step))
    return tuple(
        replace(_told(index, row), used=used[index], step=steps.get(index)) for index, row in enumerate(rows)
    )


def _told(index: int, row: _Row) -> BatchRow:
    tokens = sum(len(document) for document in row.documents)
    trained = sum(int(np.count_nonzero(document.example.labels != MASKED)) for document in row.documents)
    return BatchRow(index, row.outcome, tokens, trained, 0, None)


def _statistics(
    rows: Sequence[BatchRow], batches: Sequence[MicroBatchPlan], layout: Layout
) -> dict[str, Any]:
    """Counts over the batch; `share` is used labels over tokens, padding not counted."""
    sequences = [sequence for batch in batches for sequence in batch.sequences]
    tokens = sum(sequence.length for sequence in sequences)
    used = sum(sequence.used for sequence in sequences)
    return {
        "conversations": len(rows),
        "left_out": sum(row.outcome.kind != "ok" for row in rows),
        "documents": len(layout.documents),
        "sequences": len(sequences),
        "micro_batches": len(batches),
        "steps": len(layout.steps),
        "tokens": tokens,
        "trained": sum(row.trained for row in rows),
        "used": used,
        "padding": sum(sequence.padding for sequence in sequences),
        "share": used / tokens if tokens else 0.0,
    }
