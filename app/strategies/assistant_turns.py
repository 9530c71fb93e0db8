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

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..core.example import MASKED, Example, Reason
from ..core.parts import PART_ID
from ..core.provenance import NO_MESSAGE
from .base import MAX_LENGTH, Option, Options, Strategy
from .context import Context
from .turns import NO_TOKEN, Turn


def examples(context: Context, options: Options) -> list[Example]:
    """One example, trained where the model writes."""
    sheet = _Sheet(context, options)
    sheet.others()
    assistants = [turn for turn in context.turns.turns if turn.role == "assistant"]
    last = assistants[-1].message if assistants else NO_MESSAGE
    for turn in assistants:
        sheet.assistant(turn, turn.message == last)
    return [sheet.example().truncated(options["max_length"])]


@dataclass(slots=True)
class _Sheet:
    """Reasons being written down, a column over tokens."""

    context: Context
    options: Options
    table: list[Reason] = field(default_factory=list)
    weights_by_reason: list[float] = field(default_factory=list)
    reasons: NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        self.reasons = np.zeros(len(self.context.tokens), dtype=np.int32)
        self.add(Reason("no-turn", "Masked: written by the template, outside every turn."), 0.0)

    def add(self, reason: Reason, weight: float) -> int:
        """A row of the reason table; gives its number."""
        self.table.append(reason)
        self.weights_by_reason.append(weight)
        return len(self.table) - 1

    def others(self) -> None:
        """Every turn that is not the assistant's."""
        messages = self.context.turns.messages
        rows = np.zeros(len(self.context.conversation.messages) + 1, dtype=np.int32)
        for index in range(len(rows) - 1):
            role = self.context.conversation.role(index)
            detail = {"message": index, "role": role}
            sentence = f"Masked: in turn {index + 1} ({role}); this rule trains assistant turns only."
            if role == "assistant":
                # Every token of the turn itself gets a reason of its own later.
                sentence = f"Masked: words of message {index + 1}, quoted outside its turn."
            rows[index] = self.add(
                Reason("other-turn" if role != "assistant" else "quoted", sentence, detail), 0.0
            )
        # The last row stands for NO_MESSAGE, which indexes from the end.
        self.reasons[:] = rows[messages]

    def assistant(self, turn: Turn, is_last: bool) -> None:
        """One assistant turn, token by token."""
        weight, why_not = self._weight(turn, is_last)
        if why_not is not None:
            self.reasons[turn.start : turn.end] = self.add(why_not, 0.0)
            return
        _Spans(self, turn, weight, self.context.supplied_to(turn)).write()

    def _weight(self, turn: Turn, is_last: bool) -> tuple[float, Reason | None]:
        number, detail = turn.message + 1, {"message": turn.message}
        if self.options["turns"] == "last" and not is_last:
            sentence = f"Masked: turn {number} is not the last assistant turn, and `turns` is `last`."
            return 0.0, Reason("not-last", sentence, detail)
        if self.options["turns"] != "weight":
            return 1.0, None
        weight = message_weight(self.context.conversation.messages[turn.message])
        if weight > 0:
            return weight, None
        return 0.0, Reason("weight-zero", f"Masked: message {number} has weight 0.", detail)

    def example(self) -> Example:
        """The labels that the reasons amount to."""
        context = self.context
        weights = np.array(self.weights_by_reason)[self.reasons]
        labels = np.where(weights > 0, context.tokens.ids, MASKED).astype(np.int32)
        return Example(context.rendering, context.tokens, labels, weights, self.reasons, tuple(self.table))


@dataclass(slots=True)
class _Spans:
    """The stretches of one trained turn, each with the toggle that decides it."""

    sheet: _Sheet
    turn: Turn
    weight: float
    supplied: int

    def write(self) -> None:
        """Later stretches overrule earlier ones."""
        turn, parts = self.turn, self.sheet.context.turns.parts
        begin, close = self._begin(), self._close()
        self._mark(slice(turn.start, begin), "header", "the header, which the generation prompt supplies")
        self._put(slice(begin, close), self._row("reply", True, "written by the model"))
        if begin < close and turn.first_character < self.supplied > self._first_character(begin):
            what = "a token that begins in the header and holds the first characters of the reply"
            self._put(slice(begin, begin + 1), self._row("straddle", True, what))
        inside = slice(begin, close)
        self._mark_part(inside, parts[inside] == PART_ID["thinking"], "thinking", "thinking")
        self._mark_part(inside, parts[inside] == PART_ID["tool_call"], "tool_calls", "a tool call")
        if turn.end_of_turn == NO_TOKEN:
            sentence = f"Masked: after the reply of turn {turn.message + 1}, which no special token ends."
            self._put(
                slice(close, turn.end), self.sheet.add(Reason("no-end-of-turn", sentence, self._detail), 0.0)
            )
            return
        self._mark(slice(close, close + 1), "end_of_turn", "the token that ends the turn")
        self._mark(
            slice(close + 1, turn.end), "newline", "what the template writes after the end of the turn"
        )

    def _begin(self) -> int:
        """The first token that holds a character beyond the supplied ones."""
        turn, context = self.turn, self.sheet.context
        return turn.start + int(context.turns.anchors[turn.start : turn.end].searchsorted(self.supplied))

    def _first_character(self, token: int) -> int:
        return int(self.sheet.context.tokens.offsets[token, 0])

    def _close(self) -> int:
        """One past the last token that the model writes before the end of the turn."""
        turn, parts = self.turn, self.sheet.context.turns.parts
        if turn.end_of_turn != NO_TOKEN:
            return turn.end_of_turn
        silent = parts[turn.start : turn.end] == PART_ID["separator"]
        return turn.start + int(np.flatnonzero(~silent)[-1]) + 1 if not silent.all() else turn.start

    @property
    def _detail(self) -> dict[str, int]:
        return {"message": self.turn.message}

    def _mark(self, where: slice, option: str, what: str) -> None:
        if where.start < where.stop:
            self._put(where, self._row(option, self.sheet.options[option], what))

    def _mark_part(self, where: slice, mask: NDArray[np.bool_], option: str, what: str) -> None:
        if mask.any():
            row = self._row(option, self.sheet.options[option], what)
            column = self.sheet.reasons[where]
            column[mask] = row

    def _put(self, where: slice, row: int) -> None:
        self.sheet.reasons[where] = row

    def _row(self, option: str, trained: bool, what: str) -> int:
        place = f"in turn {self.turn.message + 1} (assistant)"
        if option in ("reply", "straddle"):
            sentence = f"Trained: {place}, {what}."
        else:
            state, switch = ("Trained", "on") if trained else ("Masked", "off")
            sentence = f"{state}: {place}, {what}; `{option}` is {switch}."
        return self.sheet.add(Reason(option, sentence, self._detail), self.weight if trained else 0.0)


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
