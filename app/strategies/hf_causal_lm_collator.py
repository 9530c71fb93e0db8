"""Causal LM collator: `DataCollatorForLanguageModeling(mlm=False)` over the rendered ids.

Rule: labels are the ids, and every id equal to the padding token's is masked, wherever it
stands; with EOS as padding token no EOS is ever trained.
Source: transformers 5.23.0, `data/data_collator.py`.
Covered: a row by itself. Not covered: `mlm=True`; truncation, which the collator does not do.
"""

from __future__ import annotations

from ..core.example import Example, Reason
from .base import Options, Strategy
from .context import Context
from .padding import PAD_TOKEN, is_padding, pad_id, padding_reason
from .sheet import Sheet

_ALL = Reason("causal-lm", "Trained: the collator copies the ids into the labels.")


def examples(context: Context, options: Options) -> list[Example]:
    """One example, trained but for what looks like padding."""
    pad = pad_id(context.tokenizer, options["pad_token"])
    sheet = Sheet(context.rendering, context.tokens, _ALL)
    sheet.train(slice(None), _ALL)
    padding = is_padding(context.tokens.ids, pad)
    if padding.any():
        piece = context.tokens.pieces[int(padding.argmax())]
        sheet.mask(padding, padding_reason(pad, piece))
    return [sheet.example()]


STRATEGY = Strategy(
    name="hf-causal-lm-collator",
    title="Hugging Face collator",
    meaning="Trains every token whose id is not that of the padding token.",
    framework="transformers",
    version="5.23.0",
    source="transformers 5.23.0, data/data_collator.py, DataCollatorForLanguageModeling(mlm=False)",
    options=(PAD_TOKEN,),
    examples=examples,
    config_kind="python",
)
