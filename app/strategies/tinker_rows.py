"""The rows that tinker trains on: chunks of tokens in order, each with a weight and a reason.

Source: tinker-cookbook 0.6.1, `renderers/base.py` (`build_supervised_example`,
`build_generation_prompt`, `_train_after_the_generation_prompt`, `_output_is_trained`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..core.example import Example, Reason, Refusal
from ..core.provenance import NO_MESSAGE
from ..core.tokens import Tokens
from .context import Context
from .families.text import Scribe
from .joined import Piece, join
from .sheet import Sheet
from .tinker_renderers import Chunk, Message, Place, Renderer, place_of
from .tinker_turns import Turn, turns_of

LAST, LAST_TURN, REPLIES = "last_assistant_message", "last_assistant_turn", "all_assistant_messages"
_MESSAGES, _TOKENS = "all_messages", "all_tokens"
_OTHERS, _FLAGS = "all_user_and_system_messages", "customized"
TRAIN_ON = (LAST, LAST_TURN, REPLIES, _MESSAGES, _TOKENS, _OTHERS, _FLAGS)


def after_last_user(turns: Sequence[Turn]) -> int:
    """The index of the first message after the last question."""
    return max((index for index, turn in enumerate(turns) if turn.role == "user"), default=-1) + 1


class _Row(NamedTuple):
    """A chunk in its message's turn, whether it trains, and why."""

    chunk: Chunk
    message: int
    trains: bool
    reason: Reason


@dataclass(slots=True)
class Builder:
    """Builds rows of one conversation; what is encoded once is kept."""

    context: Context
    renderer: Renderer
    scribe: Scribe = field(init=False)
    _encoded: dict[tuple[str, bool], Tokens] = field(default_factory=dict)

    def __post_init__(self) -> None:
        format_name = f"tinker's renderer {self.renderer.name}"
        self.scribe = Scribe(self.context.conversation, format_name)
        needed = self.renderer.needs
        if needed and needed not in self.context.tokenizer.added_tokens.values():
            name = self.context.tokenizer.name
            raise Refusal(
                "error", f"The renderer {self.renderer.name} needs {needed}, which {name} does not have."
            )

    def turns(self) -> list[Turn]:
        """The conversation's messages."""
        return turns_of(self.context, self.scribe, self.renderer.writes_tools, self.renderer.name)

    def example(self, turns: Sequence[Turn], what: str) -> Example:
        """One row over all of the turns."""
        _check_flags(turns, what)
        rows = list(self._rows(turns, what))
        piece = join([self._piece(row) for row in rows])
        sheet = Sheet(piece.rendering, piece.tokens, _BOS)
        start = 0
        for row in rows:
            stop = start + len(self._tokens(row.chunk))
            sheet.put(slice(start, stop), sheet.row(row.reason, float(row.trains)))
            start = stop
        self._mask_prompt(sheet, turns, what)
        return sheet.example()

    def _rows(self, turns: Sequence[Turn], what: str) -> Iterator[_Row]:
        yield _Row(self.renderer.bos(self.scribe, self.context.tokenizer), NO_MESSAGE, False, _BOS)
        turn_start = after_last_user(turns[:-1])
        for index, turn in enumerate(turns):
            place = place_of(turns, index)
            message = self.renderer.message(turn, place)
            yield _header(message, turn, what)
            trains = _trains(turn, place, turn_start, what)
            for chunk in _outputs(message, place):
                yield _Row(chunk, turn.number, trains, _reason(turn, trains, what))

    def _mask_prompt(self, sheet: Sheet, turns: Sequence[Turn], what: str) -> None:
        """Where one reply or turn trains, what the generation prompt supplies to it does not."""
        end = {LAST: len(turns) - 1, LAST_TURN: after_last_user(turns)}.get(what)
        if end is None or end >= len(turns) or turns[end].role != "assistant":
            return
        prompt = self._prompt(turns[:end])
        if sheet.tokens.ids[: len(prompt)].tolist() == prompt:
            supplied = sheet.trained & (np.arange(len(sheet.tokens)) < len(prompt))
            if supplied.any():
                sheet.mask(supplied, _SUPPLIED)
        elif self.renderer.disables_thinking:
            raise Refusal(
                "error",
                f"{self.renderer.name} has thinking turned off, and its generation prompt closes an empty "
                "block, while the row does not go on from there: a reply of the trained turn thinks, or "
                "more than one message belongs to it.",
            )

    def _prompt(self, turns: Sequence[Turn]) -> list[int]:
        """The ids of the generation prompt after these turns."""
        chunks = [self.renderer.bos(self.scribe, self.context.tokenizer)]
        for index, turn in enumerate(turns):
            message = self.renderer.message(turn, place_of(turns, index))
            chunks += [message.header, *message.output]
        chunks.append(self.renderer.prompt(Place(len(turns), True, after_last_user(turns) - 1)))
        return [number for chunk in chunks for number in self._tokens(chunk).ids.tolist()]

    def _tokens(self, chunk: Chunk) -> Tokens:
        # Every example writes the same messages again, and most of them alike.
        key = (str.__str__(chunk.text), chunk.is_literal)
        if key not in self._encoded:
            self._encoded[key] = Chunk(*key).encode(self.context.tokenizer)
        return self._encoded[key]

    def _piece(self, row: _Row) -> Piece:
        return Piece(self.scribe.rendering(row.chunk.text, row.message), self._tokens(row.chunk))


def _outputs(message: Message, place: Place) -> list[Chunk]:
    ends_row = place.is_last and message.overlap is not None
    return [*message.output, message.overlap] if ends_row and message.overlap else list(message.output)


def _trains(turn: Turn, place: Place, turn_start: int, what: str) -> bool:
    """Whether an output weighs 1."""
    is_reply = turn.role == "assistant"
    if what == _FLAGS:
        return bool(turn.trainable)
    trains = {
        LAST: is_reply and place.is_last,
        LAST_TURN: is_reply and place.position >= turn_start,
        REPLIES: is_reply,
        _MESSAGES: True,
        _TOKENS: True,
        _OTHERS: turn.role in ("user", "system"),
    }
    return trains[what]


def _check_flags(turns: Sequence[Turn], what: str) -> None:
    for turn in turns:
        if what == _FLAGS and turn.trainable is None:
            raise Refusal(
                "error", f"With {_FLAGS} every message has a `trainable`; message {turn.number + 1} has none."
            )
        if what != _FLAGS and turn.trainable is not None:
            raise Refusal("error", f"A message has a `trainable`, which tinker takes with {_FLAGS} alone.")


def _header(message: Message, turn: Turn, what: str) -> _Row:
    trains = what == _TOKENS
    state = "Trained" if trains else "Masked"
    why = f"`train_on_what` is {_TOKENS}" if trains else f"only {_TOKENS} trains headers"
    sentence = f"{state}: the header of {_named(turn)}; {why}."
    return _Row(message.header, turn.number, trains, Reason("tinker-header", sentence, _detail(turn)))


def _reason(turn: Turn, trains: bool, what: str) -> Reason:
    state = "Trained" if trains else "Masked"
    flag = f", and its `trainable` is {str(trains).lower()}" if what == _FLAGS else ""
    sentence = f"{state}: the output of {_named(turn)}; `train_on_what` is {what}{flag}."
    return Reason("tinker-output", sentence, _detail(turn))


def _named(turn: Turn) -> str:
    return "the tools' message" if turn.number == NO_MESSAGE else f"turn {turn.number + 1} ({turn.role})"


def _detail(turn: Turn) -> dict[str, int | str]:
    return {"role": str.__str__(turn.role)} | ({} if turn.number == NO_MESSAGE else {"message": turn.number})


_BOS = Reason("tinker-bos", "Masked: the token that opens the row never trains.")
_SUPPLIED = Reason("tinker-prompt", "Masked: part of the output that the generation prompt supplies.")
