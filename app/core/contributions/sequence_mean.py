"""A mean per sequence, then the mean over the sequences of the step.

Source: verl at commit 1dda039b, `verl/trainer/ppo/core_algos.py` (`agg_loss`, `seq-mean-token-mean`):
sequences without a used label are left out of both means.
"""

from __future__ import annotations

from collections.abc import Sequence

from .base import Divisor, Labelled, Options, Reduction, used_count
from .step import Step


def divisors(rows: Sequence[Labelled], step: Step, options: Options) -> list[Divisor]:
    """The row's own used labels, times the number of sequences that have any."""
    counts = {row: used_count(rows[row]) for row in step.rows}
    sequences = sum(count > 0 for count in counts.values())
    return [Divisor(counts.get(row, 0), sequences) for row in range(len(rows))]


SEQUENCE_MEAN = Reduction(
    name="sequence-mean",
    title="Mean per sequence, then over sequences",
    meaning="Each sequence weighs the same, so that a token of a short one weighs more.",
    formula="w · CE ÷ (n · S), with n the used labels of its sequence and S the sequences of the step",
    sources=("verl 1dda039b, verl/trainer/ppo/core_algos.py, seq-mean-token-mean",),
    divisors=divisors,
)
