"""TRL response template: the collator `DataCollatorForCompletionOnlyLM`, gone from TRL since 0.20.

Rule: labels start as the base collator's, ids with those of the padding token masked. The
response template is encoded alone and looked for among the labels.
Response only: all up to and with its last match is masked, so earlier turns are not trained.
With an instruction template: the n-th instruction match is paired with the n-th response match,
and what lies from the one to the end of the other is masked; the first stretch begins at the
row's start, and one more instruction than responses masks the rest. A pair in which the order is
reversed masks nothing. Where a template has no match, the whole row is masked, with a warning.
Source: trl 0.19.1, `trainer/utils.py`. Covered: one row. Not covered: templates given as ids,
`padding_free`, `mlm=True`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.example import Example, Reason, Refusal
from .base import Option, Options, Strategy
from .context import Context
from .markers import find_all
from .padding import PAD_TOKEN, is_padding, pad_id, padding_reason
from .sheet import Sheet

_NEVER = -1
_RESPONSE = Reason("response", "Trained: after a `response_template` match.")


def examples(context: Context, options: Options) -> list[Example]:
    """One example, trained after the response template."""
    padding = is_padding(context.tokens.ids, pad_id(context.tokenizer, options["pad_token"]))
    rule = _Rule(context, options, padding)
    if options["instruction_template"] is None:
        rule.after_last_response()
    else:
        rule.between_pairs()
    if padding.any():
        first = int(padding.argmax())
        ids, pieces = context.tokens.ids, context.tokens.pieces
        rule.sheet.mask(padding & rule.sheet.trained, padding_reason(int(ids[first]), pieces[first]))
    return [rule.sheet.example()]


class _Rule:
    """The labels in the making, and where the two templates match."""

    def __init__(self, context: Context, options: Options, padding: NDArray[np.bool_]) -> None:
        self.context = context
        self.options = options
        # A match has to lie among labels that the base collator left: padding matches nothing.
        self.labels = np.where(padding, _NEVER, context.tokens.ids).astype(np.int32)
        self.sheet = Sheet(context.rendering, context.tokens, _RESPONSE)
        self.sheet.train(slice(None), _RESPONSE)

    def after_last_response(self) -> None:
        """Without an instruction template."""
        starts, length = self._matches("response_template")
        if not len(starts):
            return self._mask_all("response_template")
        where = slice(0, int(starts[-1]) + length)
        self._mask(where, "before-response", "up to the end of the last `response_template` match")

    def between_pairs(self) -> None:
        """With an instruction template."""
        found, length = self._matches("response_template")
        ends = found + length
        if not len(ends):
            return self._mask_all("response_template")
        starts, _ = self._matches("instruction_template")
        if not len(starts):
            return self._mask_all("instruction_template")
        if starts[0] > ends[0]:
            starts = np.concatenate([np.zeros(1, dtype=starts.dtype), starts])
        for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=False)):
            what = f"from `instruction_template` match {number + 1} through its `response_template` match"
            self._mask(slice(start if number else 0, end), "instruction", what)
        if len(ends) < len(starts):
            what = "from the last `instruction_template` match on, which no response follows"
            self._mask(slice(int(starts[-1]), None), "instruction-last", what)

    def _matches(self, name: str) -> tuple[NDArray[np.intp], int]:
        marker = self.context.tokenizer.encode(self.options[name]).ids
        if not len(marker):
            raise Refusal("error", f"The collator raises: `{name}` has no tokens.")
        return find_all(self.labels, marker), len(marker)

    def _mask(self, where: slice, rule: str, what: str) -> None:
        self.sheet.mask(where, Reason(rule, f"Masked: {what}."))

    def _mask_all(self, name: str) -> None:
        what = f"the whole row, since the tokens of `{name}` ({self.options[name]!r}) are nowhere in it"
        self._mask(slice(None), f"no-{name.replace('_', '-')}", what)


STRATEGY = Strategy(
    name="trl-response-template",
    title="TRL 0.19, response template",
    meaning="Trains what follows a marker's tokens: the last match, or each up to the next instruction.",
    framework="trl",
    version="0.19.1",
    source="trl 0.19.1, trainer/utils.py, DataCollatorForCompletionOnlyLM",
    options=(
        Option(
            "response_template",
            "text",
            "<|im_start|>assistant\n",
            "The text that opens a response. TRL has no default; this one is ChatML's.",
            config="response_template={value},",
        ),
        Option(
            "instruction_template",
            "text",
            None,
            "The text that opens an instruction; null: only the last response is trained.",
            config="instruction_template={value},",
        ),
        PAD_TOKEN,
    ),
    examples=examples,
    config_kind="python",
    known_differences=("Templates are texts here; the collator also takes them as lists of ids.",),
)
