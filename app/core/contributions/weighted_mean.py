"""Means that divide by the sum of the weights in place of the number of labels.

Sources: LLaMA-Factory at commit ff6d4d12, `v1/trainers/sft_trainer.py` (`compute_loss`: the mean over a
micro-batch, by its weights) and `v1/core/base_trainer.py` (`fit`: each such mean counts by the micro-batch's
share of the step's labels, over accumulation steps and ranks); tinker-cookbook at commit 9dfcc3a2,
`supervised/common.py` (`datum_from_model_input_weights`, `reduction="mean"`: weights are scaled to sum to 1
in each example, and the losses of examples are added up).
Not covered: the 1e-6 that LLaMA-Factory adds to each divisor.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..example import MASKED
from .base import Divisor, Labelled, Options, Reduction, ReductionOption, used_weight
from .step import Step


def divisors(rows: Sequence[Labelled], step: Step, options: Options) -> list[Divisor]:
    """The sum of the used labels' weights, over what the option `over` names."""
    found = [Divisor(0)] * len(rows)
    for group in _groups(step, options["over"]):
        weight = sum(used_weight(rows[row]) for row in group)
        labels = _labels(rows, group)
        if options["over"] == "micro-batch" and labels:
            weight *= _labels(rows, step.rows) / labels
        for row in group:
            found[row] = Divisor(weight)
    return found


def _groups(step: Step, over: str) -> Sequence[Sequence[int]]:
    """The rows whose weights are added up together."""
    if over == "micro-batch":
        return step.micro_batches
    return [step.rows] if over == "step" else [(row,) for row in step.rows]


def _labels(rows: Sequence[Labelled], group: Sequence[int]) -> int:
    """How many are not -100, whether a prediction uses them or not."""
    return sum(int(np.count_nonzero(rows[row].labels != MASKED)) for row in group)


WEIGHTED_MEAN = Reduction(
    name="weighted-mean",
    title="Weighted mean",
    meaning="Divides by the sum of the weights, so that scaling every weight alike changes nothing.",
    formula="w · CE ÷ W, with W the sum of the used labels' weights: over the step; over the micro-batch, "
    "then times its share of the step's labels; or over each example",
    sources=(
        "LLaMA-Factory ff6d4d12, src/llamafactory/v1/trainers/sft_trainer.py (over: micro-batch)",
        "tinker-cookbook 9dfcc3a2, tinker_cookbook/supervised/common.py (over: example)",
    ),
    divisors=divisors,
    options=(
        ReductionOption(
            "over",
            "step",
            ("step", "micro-batch", "example"),
            "Where weights are added up: the whole step, each micro-batch, or each example alone.",
        ),
    ),
)
