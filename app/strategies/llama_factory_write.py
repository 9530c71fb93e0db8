"""LLaMA-Factory's turns as pieces: each slot of a format tokenized alone, prompts and replies in pairs.

Source: llamafactory 0.9.5, `data/template.py`, `data/formatter.py`.
A prompt carries the header of the reply after it; the first prompt also the prefix and the system
prompt with the tools. Reasoning formats give a reply without thinking an empty block, tokenized alone:
inside the reply, or in the prompt unless `enable_thinking` is true.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..core.example import Refusal
from ..core.provenance import NO_MESSAGE
from ..rendering.traced import Traced, derived
from ..tokenization.tokenizer import Tokenizer
from .families.base import Form
from .families.text import Scribe, Slot, joined, slots, without
from .joined import Piece
from .llama_factory_formats import Format
from .llama_factory_rows import Row, Said
from .llama_factory_tools import Call, called, described


class Pair(NamedTuple):
    """One prompt and the reply to it, in pieces; `message` is the reply's."""

    source: list[Piece]
    target: list[Piece]
    message: int


@dataclass(frozen=True)
class Writer:
    """Writes one row. `enable_thinking` decides over empty blocks and, where false, drops all thinking."""

    scribe: Scribe
    chosen: Format
    tokenizer: Tokenizer
    today: Callable[[], str]
    enable_thinking: bool | None
    drops_history: bool
    """Thinking of earlier replies is left out: `mask_history` without `preserve_thinking`."""

    def pairs(self, row: Row) -> list[Pair]:
        """Every prompt with its reply.

        Raises:
            Refusal: `error`, where LLaMA-Factory raises.
        """
        turns = self._thoughts_removed(row.turns)
        found = []
        for place in range(0, len(turns), 2):
            prompt, reply = turns[place : place + 2]
            ahead = self._opening(row) if place == 0 else []
            into = self._system_inside(row) if place == 0 else ""
            source = ahead + self._prompt(prompt, reply, place // 2, into)
            pair = Pair(source, self._reply(reply), reply.message)
            found.append(self._with_block(pair, reply, place == len(turns) - 2))
        return found

    @property
    def _reasons(self) -> bool:
        return self.chosen.writing in ("reasoning", "reasoning-closed")

    def _thoughts_removed(self, turns: Sequence[Said]) -> list[Said]:
        if not self._reasons:
            return list(turns)
        last = len(turns) - 1
        return [
            said._replace(content=self._thoughtless(said))
            if place % 2 and (self.enable_thinking is False or (self.drops_history and place != last))
            else said
            for place, said in enumerate(turns)
        ]

    def _thoughtless(self, said: Said) -> Traced:
        marks = self.chosen.family.thinking
        pattern = re.compile(f"{re.escape(marks.opening)}(.*?){re.escape(marks.closing)}", re.DOTALL)
        return without(pattern, _text(said)).lstrip("\n")

    def _opening(self, row: Row) -> list[Piece]:
        """The prefix and, unless it stands inside the first prompt, the system prompt."""
        found = self._pieces(slots(self.chosen.family.prefix), NO_MESSAGE)
        if self.chosen.writing == "system-in-user" or not self._has_system(row):
            return found
        system = self.chosen.family.system
        owner = 0 if self._is_given(row) else NO_MESSAGE
        return found + self._pieces(slots(system.before, self._system(row), system.after), owner)

    def _system_inside(self, row: Row) -> str:
        prompt = row.turns[0]
        if self.chosen.writing != "system-in-user" or prompt.role != "user" or not self._has_system(row):
            return ""
        system = self.chosen.family.system
        owner = 0 if self._is_given(row) else prompt.message
        return joined(
            [
                self.scribe.own(system.before, owner),
                self.scribe.own(self._system(row), owner),
                self.scribe.own(system.after, owner),
            ]
        )

    def _has_system(self, row: Row) -> bool:
        return bool(row.system or self.chosen.default_system or row.tools is not None)

    def _is_given(self, row: Row) -> bool:
        return bool(row.system) and self.scribe.messages[0]["role"] == "system"

    def _system(self, row: Row) -> str:
        system = row.system or self.chosen.default_system
        if not isinstance(system, str):
            raise Refusal("error", "The system prompt is no text.")
        if row.tools is None:
            return system
        try:
            text = described(self.chosen.tools, row.tools, self.today)
        except (KeyError, TypeError, AttributeError) as error:
            raise Refusal("error", f"A tool lacks what the tool format reads: {error}.") from None
        return joined([system, self.scribe.from_tools(text, 0 if self._is_given(row) else NO_MESSAGE)])

    def _prompt(self, said: Said, reply: Said, turn: int, ahead: str) -> list[Piece]:
        family = self.chosen.family
        form = family.result if said.role == "observation" else family.user
        words = joined([ahead, _text(said)])
        header = self.scribe.own(self._header(reply), reply.message)
        after = joined([self.scribe.own(form.after, said.message), header])
        found = slots(form.before, words, after)
        # The number of a user's turn is filled in wherever its mark first stands, contents included.
        is_numbered = said.role == "user" and self.chosen.writing != "system-in-user"
        return self._pieces(_numbered(found, turn) if is_numbered else found, said.message)

    def _header(self, reply: Said) -> str:
        return self.chosen.family.assistant.header

    def _reply(self, said: Said) -> list[Piece]:
        family = self.chosen.family
        if said.role != "function":
            return self._words(family.assistant, _text(said), said.message)
        return self._words(family.calling, self._calls(said), said.message)

    def _words(self, form: Form, words: str, message: int) -> list[Piece]:
        return self._pieces(slots(form.lead, words, form.after), message)

    def _calls(self, said: Said) -> str:
        """The calls in the tool format, after any text that stands before them."""
        content = _text(said)
        before, calls = self._split(content)
        try:
            return joined([before, derived(called(self.chosen.tools, _parsed(calls)), content)])
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise Refusal(
                "error", f"The calls of message {said.message + 1} cannot be written: {error}."
            ) from None

    def _split(self, content: Traced) -> tuple[Traced, Traced]:
        """What stands around a call in marks, or the thinking, and the JSON of the calls."""
        if self.chosen.writing == "system-in-user":
            return Traced(""), content
        marked = re.search(r"<tool_call>(.*?)</tool_call>", content, re.DOTALL)
        if marked:
            return content.replace(marked[0], ""), content[marked.start(1) : marked.end(1)]
        marks = self.chosen.family.thinking
        thought = re.search(f"{re.escape(marks.opening)}(.*?){re.escape(marks.closing)}", content, re.DOTALL)
        if thought is None:
            return Traced(""), content
        return content[thought.start() : thought.end()], content.replace(thought[0], "")

    def _with_block(self, pair: Pair, reply: Said, is_last: bool) -> Pair:
        """The pair with an empty block of thinking, where the format wants one."""
        if not self._reasons or (self.drops_history and not is_last):
            return pair
        marks = self.chosen.family.thinking
        if marks.opening.strip() in reply.content or marks.closing.strip() in reply.content:
            return pair
        empty = marks.closing if self.chosen.writing == "reasoning-closed" else marks.empty
        block = self._pieces([Slot(empty)], reply.message)
        if self.enable_thinking:
            return pair._replace(target=block + pair.target)
        return pair._replace(source=pair.source + block)

    def _pieces(self, found: Sequence[Slot], message: int) -> list[Piece]:
        return self.scribe.pieces(found, self.tokenizer, message)


def _text(said: Said) -> Traced:
    if not isinstance(said.content, str):
        raise Refusal("error", f"The content of message {said.message + 1} is no text.")
    return said.content if isinstance(said.content, Traced) else Traced(said.content)


def _numbered(found: Sequence[Slot], turn: int) -> list[Slot]:
    return [
        slot if slot.special else Slot(Traced(slot.text).replace("{{idx}}", str(turn), 1)) for slot in found
    ]


def _parsed(text: str) -> list[Call]:
    value: Any = json.loads(text)
    calls = value if isinstance(value, list) else [value]
    return [Call(call["name"], json.dumps(call["arguments"], ensure_ascii=False)) for call in calls]
