"""Assistant turns: what the model itself has to write, in each assistant turn. Ours, and the default.

Rule: a turn is trained from the end of what the generation prompt supplies through its
end-of-turn token. What the generation prompt supplies is measured, not assumed: the
conversation up to the first reply is rendered with and without it, and a turn's text is
compared with the difference.
Covered: any template and tokenizer; toggles for the header, the end of the turn, what
follows it, thinking, tool calls; all turns, the last, or those with a weight.
Not covered: a turn that the template writes no special token for has no end of turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.example import Example, Reason
from ..core.parts import PART_ID
from .base import MAX_LENGTH, Option, Options, Strategy
from .context import Context
from .sheet import Sheet
from .turns import NO_TOKEN, Turn


def examples(context: Context, options: Options) -> list[Example]:
    """One example, trained where the model writes."""
    sheet = Sheet(context.rendering, context.tokens, _NO_TURN)
    _put_messages(sheet, context)
    assistants = [turn for turn in context.turns.turns if turn.role == "assistant"]
    for turn in assistants:
        weight, why_not = _weight(context, options, turn, turn is assistants[-1])
        if why_not is None:
            _Reply(sheet, context, options, turn, weight, context.supplied_to(turn)).write()
        else:
            sheet.mask(slice(turn.start, turn.end), why_not)
    return [sheet.example().truncated(options["max_length"])]


_NO_TURN = Reason("no-turn", "Masked: written by the template, outside every turn.")


def _put_messages(sheet: Sheet, context: Context) -> None:
    """A reason for the tokens of each message; those of assistant turns are decided later."""
    count = len(context.conversation.messages)
    rows = np.zeros(count + 1, dtype=np.int32)
    for index in range(count):
        role = context.conversation.role(index)
        detail = {"message": index, "role": role}
        sentence = f"Masked: in turn {index + 1} ({role}); this rule trains assistant turns only."
        reason = Reason("other-turn", sentence, detail)
        if role == "assistant":
            sentence = f"Masked: words of message {index + 1}, quoted outside its turn."
            reason = Reason("quoted", sentence, detail)
        rows[index] = sheet.row(reason, 0.0)
    # The last row stands for NO_MESSAGE, which indexes from the end.
    sheet.put(slice(None), rows[context.turns.messages])


def _weight(context: Context, options: Options, turn: Turn, is_last: bool) -> tuple[float, Reason | None]:
    number, detail = turn.message + 1, {"message": turn.message}
    if options["turns"] == "last" and not is_last:
        sentence = f"Masked: turn {number} is not the last assistant turn, and `turns` is `last`."
        return 0.0, Reason("not-last", sentence, detail)
    if options["turns"] != "weight":
        return 1.0, None
    weight = message_weight(context.conversation.messages[turn.message])
    if weight > 0:
        return weight, None
    return 0.0, Reason("weight-zero", f"Masked: message {number} has weight 0.", detail)


@dataclass(slots=True)
class _Reply:
    """The stretches of one trained turn, each with the toggle that decides it."""

    sheet: Sheet
    context: Context
    options: Options
    turn: Turn
    weight: float
    supplied: int

    def write(self) -> None:
        """Later stretches overrule earlier ones."""
        turn, parts = self.turn, self.context.turns.parts
        begin, close = self._begin(), self._close()
        self._mark(slice(turn.start, begin), "header", "the header, which the generation prompt supplies")
        self.sheet.put(slice(begin, close), self._row("reply", True, "written by the model"))
        if begin < close and turn.first_character < self.supplied > self._first_character(begin):
            what = "a token that begins in the header and holds the first characters of the reply"
            self.sheet.put(slice(begin, begin + 1), self._row("straddle", True, what))
        inside = slice(begin, close)
        self._mark_part(inside, parts[inside] == PART_ID["thinking"], "thinking", "thinking")
        self._mark_part(inside, parts[inside] == PART_ID["tool_call"], "tool_calls", "a tool call")
        if turn.end_of_turn == NO_TOKEN:
            sentence = f"Masked: after the reply of turn {turn.message + 1}, which no special token ends."
            self.sheet.put(
                slice(close, turn.end), self.sheet.row(Reason("no-end-of-turn", sentence, self._detail), 0.0)
            )
            return
        self._mark(slice(close, close + 1), "end_of_turn", "the token that ends the turn")
        self._mark(
            slice(close + 1, turn.end), "newline", "what the template writes after the end of the turn"
        )

    def _begin(self) -> int:
        """The first token that holds a character beyond the supplied ones."""
        turn, context = self.turn, self.context
        return turn.start + int(context.turns.anchors[turn.start : turn.end].searchsorted(self.supplied))

    def _first_character(self, token: int) -> int:
        return int(self.context.tokens.offsets[token, 0])

    def _close(self) -> int:
        """One past the last token that the model writes before the end of the turn."""
        turn, parts = self.turn, self.context.turns.parts
        if turn.end_of_turn != NO_TOKEN:
            return turn.end_of_turn
        silent = parts[turn.start : turn.end] == PART_ID["separator"]
        return turn.start + int(np.flatnonzero(~silent)[-1]) + 1 if not silent.all() else turn.start

    @property
    def _detail(self) -> dict[str, int]:
        return {"message": self.turn.message}

    def _mark(self, where: slice, option: str, what: str) -> None:
        if where.start < where.stop:
            self.sheet.put(where, self._row(option, self.options[option], what))

    def _mark_part(self, where: slice, mask: NDArray[np.bool_], option: str, what: str) -> None:
        if mask.any():
            row = self._row(option, self.options[option], what)
            column = self.sheet.reasons[where]
            column[mask] = row

    def _row(self, option: str, trained: bool, what: str) -> int:
        place = f"in turn {self.turn.message + 1} (assistant)"
        if option in ("reply", "straddle"):
            sentence = f"Trained: {place}, {what}."
        else:
            state, switch = ("Trained", "on") if trained else ("Masked", "off")
            sentence = f"{state}: {place}, {what}; `{option}` is {switch}."
        return self.sheet.row(Reason(option, sentence, self._detail), self.weight if trained else 0.0)


def message_weight(message: dict[str, object]) -> float:
    """A message's weight: its `weight`, or 0 where `train` is false, or 1."""
    if message.get("train") is False:
        return 0.0
    weight = message.get("weight", 1)
    return float(weight) if isinstance(weight, (int, float)) else 1.0


STRATEGY = Strategy(
    name="assistant-turns",
    title="Assistant turns",
    meaning="Trains what the model has to write: each reply through the token that ends it.",
    framework="lossmask",
    version="0.1.0",
    source="ours",
    options=(
        Option("turns", "choice", "all", "Which assistant turns are trained.", ("all", "last", "weight")),
        Option("header", "flag", False, "Train the header that the generation prompt supplies."),
        Option("thinking", "flag", True, "Train thinking blocks."),
        Option("tool_calls", "flag", True, "Train tool calls."),
        Option("end_of_turn", "flag", True, "Train the token that ends the turn."),
        Option("newline", "flag", False, "Train what the template writes after the end of the turn."),
        MAX_LENGTH,
    ),
    examples=examples,
)
