"""Axolotl, `type: chat_template`: the words of each trained turn, and the token that ends it.

Source: axolotl 0.19.0, prompt_strategies/chat_template.py; utils/data/utils.py and
utils/trainer.py for what becomes of long rows and of rows without a label.
Rule: the whole conversation is rendered and tokenized once. A turn trains as its
`message_field_training` says, else if it has training details, else if its role is in
`roles_to_train`. Its words are what differs when a sentinel stands in the turn's place, so
the header, an empty thinking block and the `<think>` that the template opens a turn with
never train. After the words the first `eot_tokens` and the first EOS are looked for, and
count if they are within 3 tokens. A turn whose words are not found ends before the row.
Covered: every option that changes labels, the legacy path, `sequence_len`, lists of content.
Not covered: packing, images, mistral-common, a `system` column, streaming.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.example import Example, Reason, Refusal
from .axolotl_detail import trained_tokens
from .axolotl_ends import BEFORE_THE_ROW, End, ends_of
from .axolotl_options import OPTIONS, check, fitted, is_legacy
from .axolotl_row import Row, open_legacy_row, open_row
from .axolotl_turns import DETAIL, REASONING_DETAIL, TRAINING
from .base import Options, Strategy
from .context import Context
from .sentinels import Span
from .sheet import Sheet, Where

_OUTSIDE = Reason("axolotl-outside", "Masked: written by the template, outside every turn.")


def examples(context: Context, options: Options) -> list[Example]:
    """One example."""
    check(options)
    ends = ends_of(context, options)
    if is_legacy(options):
        return [fitted(_legacy(context, options), options)]
    row = open_row(context, options)
    sheet = Sheet(row.piece.rendering, row.piece.tokens, _OUTSIDE)
    return [fitted(_Labels(row, options, sheet, ends).write(), options)]


def _legacy(context: Context, options: Options) -> Example:
    row, prompt = open_legacy_row(context, options)
    what = "all turns but the last with a generation prompt, since no option selects what trains"
    sheet = Sheet(row.piece.rendering, row.piece.tokens, Reason("axolotl-prompt", f"Masked: in {what}."))
    sheet.train(slice(prompt, None), Reason("axolotl-answer", f"Trained: after {what}."))
    if options["train_on_inputs"]:
        sheet.train(slice(None), Reason("axolotl-inputs", "Trained: `train_on_inputs` is true."))
    return sheet.example()


@dataclass(slots=True)
class _Labels:
    """Turn by turn. What is trained once stays trained."""

    row: Row
    options: Options
    sheet: Sheet
    ends: tuple[End, End]
    last: dict[str, int] = field(default_factory=dict)

    def write(self) -> Example:
        judged = [self._trains(turn) for turn in self.row.turns]
        for index, (trains, why) in enumerate(judged):
            what = "the template writes this around the turn whatever it says" if trains else why
            self._mask(self.row.messages == self.row.numbers[index], "around", what, index)
        for index, (trains, why) in enumerate(judged):
            if trains or "all" in [end.value for end in self.ends]:
                stop = self._words(index, trains, why)
                for end in self.ends:
                    self._end(index, end, stop, trains)
        for end in self.ends:
            if end.value == "last" and end.option in self.last:
                what = f"the last end of a turn that was found; `{end.option}: last`"
                self.sheet.train(self._at(self.last[end.option]), Reason("axolotl-last", f"Trained: {what}."))
        return self.sheet.example()

    def _trains(self, turn: dict[str, Any]) -> tuple[bool, str]:
        """Whether a turn trains, and which of its fields or options says so."""
        if turn.get(TRAINING) is not None:
            return bool(turn[TRAINING]), f"`message_field_training` is {turn[TRAINING]!r}"
        details = turn.get(DETAIL), turn.get(REASONING_DETAIL)
        if any(detail is not None for detail in details):
            return any(details), "training details" if any(details) else "its training details are empty"
        if self.options["train_on_inputs"]:
            return True, "`train_on_inputs: true`"
        roles = self.options["roles_to_train"] or []
        trains = turn.get("role") in [self.row.names.roles.get(role, role) for role in roles]
        return trains, f"its role is {'' if trains else 'not '}in `roles_to_train`"

    def _words(self, index: int, trains: bool, why: str) -> int:
        """Label the words of a turn; gives where they end."""
        turn = self.row.turns[index]
        detail, reasoning = turn.get(DETAIL), turn.get(REASONING_DETAIL)
        thinks = turn.get(self.row.names.thinking) is not None
        words = self.row.locate(index, "content" if thinks and (detail or reasoning) else "turn")
        if words is None:
            what = "a turn whose words are not found, and so neither is the token that ends it"
            self._mask(self.row.messages == self.row.numbers[index], "not-found", what, index)
        if trains and words is not None and detail:
            self._details(index, words, turn.get("content"), detail)
        elif trains and words is not None and not reasoning:
            self._train(slice(*words), "words", f"words that the template takes from the turn; {why}", index)
        if trains and reasoning and thinks:
            thoughts = self.row.locate(index, "thinking")
            if thoughts is not None:
                self._details(index, thoughts, turn[self.row.names.thinking], reasoning)
        return BEFORE_THE_ROW if words is None else words[1]

    def _details(self, index: int, words: Span, text: object, details: object) -> None:
        if not isinstance(text, str):
            raise Refusal("error", "Training details need a text to be details of.")
        found = np.array(trained_tokens(text, details, self.row.context.tokenizer), dtype=np.intp) + words[0]
        inside = np.zeros(len(self.row.ids), dtype=np.bool_)
        inside[slice(*words)] = True
        self._mask(
            inside, "detail", "outside the spans of `training_detail` that train, or across an edge", index
        )
        self._train(
            found[found < len(inside)], "detail", "inside a span of `training_detail` that trains", index
        )

    def _end(self, index: int, end: End, stop: int, trains: bool) -> None:
        place = end.after(self.row.piece.tokens.ids, stop)
        if place is None:
            return
        self.last[end.option] = place
        what = f"the token that ends the turn, within 3 tokens after its words; `{end.option}: {end.value}`"
        if end.value == "all" or (end.value == "turn" and trains):
            self._train(self._at(place), "end", what, index)
        else:
            self._mask(self._at(place), "end", what, index)

    def _at(self, place: int) -> NDArray[np.bool_]:
        where: NDArray[np.bool_] = np.arange(len(self.row.ids)) == place
        return where

    def _train(self, where: Where, rule: str, what: str, index: int) -> None:
        self.sheet.train(where, self._reason("Trained", rule, what, index))

    def _mask(self, where: NDArray[np.bool_], rule: str, what: str, index: int) -> None:
        self.sheet.mask(where & ~self.sheet.trained, self._reason("Masked", rule, what, index))

    def _reason(self, state: str, rule: str, what: str, index: int) -> Reason:
        number, role = self.row.numbers[index], self.row.turns[index].get("role")
        sentence = f"{state}: turn {number + 1} ({role}): {what}."
        return Reason(f"axolotl-{rule}", sentence, {"message": number})


STRATEGY = Strategy(
    name="axolotl",
    title="Axolotl",
    meaning="Trains the words of each trained turn and the token that ends it (`type: chat_template`).",
    framework="axolotl",
    version="0.19.0",
    source="axolotl 0.19.0, prompt_strategies/chat_template.py",
    options=OPTIONS,
    examples=examples,
    config_kind="yaml",
    renders_itself=True,
    known_differences=(
        "`sequence_len` is 8192 here where it is not set; Axolotl's own default is 512.",
        "Axolotl's check of a YAML file always sets `message_property_mappings`, so `field_thinking` and "
        "`template_thinking_key` have the effect shown here only where the file maps the thinking itself.",
    ),
)
