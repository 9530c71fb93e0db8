"""Full: every token is trained, as in plain language modelling.

Rule: labels are a copy of the ids. Covered: truncation on the right. Not covered: padding,
since one row needs none.
"""

from __future__ import annotations

import numpy as np

from ..core.example import Example, Reason
from .base import MAX_LENGTH, Options, Strategy
from .context import Context


def examples(context: Context, options: Options) -> list[Example]:
    """One example whose labels are its ids."""
    count = len(context.tokens)
    example = Example(
        context.rendering,
        context.tokens,
        labels=context.tokens.ids,
        weights=np.ones(count),
        reasons=np.zeros(count, dtype=np.int32),
        reason_table=(Reason("full", "Trained: this rule trains every token."),),
    )
    return [example.truncated(options["max_length"])]


STRATEGY = Strategy(
    name="full",
    title="Every token",
    meaning="Trains on the whole text: system, user, assistant and what the template writes.",
    framework="lossmask",
    version="0.1.0",
    source="ours",
    options=(MAX_LENGTH,),
    examples=examples,
)
