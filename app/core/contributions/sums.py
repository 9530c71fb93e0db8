"""No mean at all: the sum of the weighted cross-entropies.

Source: tinker-cookbook at commit 9dfcc3a2, `supervised/common.py` (`datum_from_model_input_weights`,
`reduction="none"`), whose server adds up weighted losses as they come.
"""

from __future__ import annotations

from collections.abc import Sequence

from .base import Divisor, Labelled, Options, Reduction
from .step import Step


def divisors(rows: Sequence[Labelled], step: Step, options: Options) -> list[Divisor]:
    """One, for every row."""
    return [Divisor(1)] * len(rows)


SUM = Reduction(
    name="sum",
    title="Sum",
    meaning="Every trained token counts in full, so that the loss grows with the batch.",
    formula="w · CE",
    sources=("tinker-cookbook 9dfcc3a2, tinker_cookbook/supervised/common.py (reduction none)",),
    divisors=divisors,
)
