"""The coefficient of each token's cross-entropy in the loss of its optimizer step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..example import FloatArray
from ..request import Choice
from .base import Divisor, Labelled, Options, Reduction, ReductionInfo, Weighed
from .numbers import unused_note, with_numbers
from .registry import reduction
from .step import Step

_NO_PROBABILITIES = "How much each token weighs depends on the model's probability of it, which is not known."


def weigh(
    choice: Choice,
    rows: Sequence[Labelled],
    step: Step | None = None,
    probabilities: Sequence[FloatArray | None] | None = None,
) -> Weighed:
    """Coefficients of the rows' labels; without a `step` the rows are one micro-batch, alone in its step.

    `probabilities` are the model's of each label, for the reduction that asks for them.

    >>> weigh(Choice("token-mean"), [example with labels [-100, 5, 6]]).columns
    [array([0. , 0.5, 0.5])]

    Raises:
        OptionError: `unknown-reduction`, `bad-option`.
    """
    return weigh_steps(choice, rows, [step or Step.of(len(rows))], probabilities)


def weigh_steps(
    choice: Choice,
    rows: Sequence[Labelled],
    steps: Sequence[Step],
    probabilities: Sequence[FloatArray | None] | None = None,
) -> Weighed:
    """The same for rows of several optimizer steps; a row of none of them weighs nothing."""
    rule = reduction(choice.name)
    options = rule.read_options(choice.options)
    divisors = _divisors(rule, rows, steps, options)
    known = probabilities or [None] * len(rows)
    columns = [_column(rule, *of_row) for of_row in zip(rows, divisors, known, strict=True)]
    return Weighed(columns, _info(rule, options, rows, steps, divisors, columns))


def _divisors(
    rule: Reduction, rows: Sequence[Labelled], steps: Sequence[Step], options: Options
) -> list[Divisor]:
    found = [Divisor(0)] * len(rows)
    for step in steps:
        of_step = rule.divisors(rows, step, options)
        for micro_batch in step.micro_batches:
            for row in micro_batch:
                found[row] = of_step[row]
    return found


def _column(rule: Reduction, row: Labelled, divisor: Divisor, probabilities: FloatArray | None) -> FloatArray:
    used = row.used
    if not divisor.total:
        return np.zeros(len(used))
    column: FloatArray = np.where(used, row.weights / (divisor.total * divisor.parts), 0.0)
    if not rule.scales_by_probability:
        return column
    probability = np.nan if probabilities is None else probabilities
    return np.where(column != 0, column * probability, 0.0)


def _info(
    rule: Reduction,
    options: Options,
    rows: Sequence[Labelled],
    steps: Sequence[Step],
    divisors: Sequence[Divisor],
    columns: Sequence[FloatArray],
) -> ReductionInfo:
    is_unknown = any(np.isnan(column).any() for column in columns)
    notes = (
        rule.note(rows, steps) if rule.note else None,
        unused_note(rows),
        _NO_PROBABILITIES if is_unknown else None,
    )
    return ReductionInfo(
        rule.name,
        options,
        rule.title,
        rule.formula,
        with_numbers(rule, rows, divisors),
        rule.source,
        " ".join(note for note in notes if note) or None,
    )
