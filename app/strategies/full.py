"""Full: every token is trained, as in plain language modelling.

Rule: labels are a copy of the ids. Covered: truncation on the right. Not covered: padding,
since one row needs none.
"""

from __future__ import annotations

from ..core.example import Example, Reason
from .base import MAX_LENGTH, Options, Strategy
from .context import Context
from .sheet import Sheet

_ALL = Reason("full", "Trained: this rule trains every token.")


def examples(context: Context, options: Options) -> list[Example]:
    """One example whose labels are its ids."""
    sheet = Sheet(context.rendering, context.tokens, _ALL)
    sheet.train(slice(None), _ALL)
    return [sheet.example().truncated(options["max_length"])]


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
