"""How tinker's renderers write a message: a header that the model is given, and an output that it writes.

Source: tinker-cookbook 0.6.1, `renderers/role_colon.py`, `llama3.py`, `qwen3.py`. Header and output
are tokenized apart. Qwen3's newline after a turn opens the next header, and in its outputs
nothing spells a special token; role_colon ends a row with the start of a next turn, which is part
of its stop sequence.
Not covered: the cookbook's other renderers, and `strip_thinking_from_history=False`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..core.example import Refusal
from ..core.provenance import Origin
from ..core.tokens import Tokens
from ..rendering.traced import Traced
from ..tokenization.tokenizer import Tokenizer
from .families.base import Family
from .families.chatml import QWEN
from .families.llama import LLAMA3
from .families.plain import ROLE_COLON
from .families.text import Scribe, joined
from .tinker_turns import Turn

_UNUSED = "<UNUSED>"
_END = QWEN.assistant.end


class Place(NamedTuple):
    """Where a message stands: its position, whether it is the last, and the last question's index or -1."""

    position: int
    is_last: bool
    last_user: int


def place_of(turns: Sequence[Turn], index: int) -> Place:
    """The place of a turn among these; one past the last is the turn that is to be written."""
    users = [number for number, turn in enumerate(turns) if turn.role == "user"]
    return Place(index, index >= len(turns) - 1, users[-1] if users else -1)


class Chunk(NamedTuple):
    """Text that is tokenized alone; `is_literal` where nothing in it spells a special token."""

    text: str
    is_literal: bool = False

    def encode(self, tokenizer: Tokenizer) -> Tokens:
        """Its tokens."""
        return tokenizer.encode_literally(self.text) if self.is_literal else tokenizer.encode(self.text)


class Message(NamedTuple):
    """A written message. `overlap` is what ends a row in its stead."""

    header: Chunk
    output: tuple[Chunk, ...]
    overlap: Chunk | None = None


@dataclass(frozen=True, slots=True)
class Renderer:
    """One renderer. `extends`: a prompt begins with the row before it, so one row may train many replies."""

    name: str
    family: Family
    extends: bool = True
    writes_tools: bool = False
    disables_thinking: bool = False
    needs: str = ""
    """A token that the tokenizer must have."""

    def bos(self, scribe: Scribe, tokenizer: Tokenizer) -> Chunk:
        """What opens a row."""
        token = tokenizer.special_tokens.get("bos_token", "") if self.family is ROLE_COLON else ""
        return Chunk(scribe.from_(Origin("variable", name="bos_token"), token))

    def message(self, turn: Turn, place: Place) -> Message:
        """The message at its place.

        Raises:
            Refusal: `error`, where the renderer does not take it.
        """
        form, words = self.family.user, _only_text(turn)
        header = Traced(form.header).replace("User", turn.role.capitalize())
        output = Chunk(joined([form.lead, words, form.after]))
        is_reply = turn.role == "assistant"
        return Message(Chunk(header), (output,), Chunk(form.header if is_reply else _UNUSED))

    def prompt(self, place: Place) -> Chunk:
        """What the generation prompt adds for a reply at this place."""
        return Chunk(self.family.assistant.header)


class Llama3(Renderer):
    """BOS, a header with the role as it is written, the words and the token that ends the turn."""

    def bos(self, scribe: Scribe, tokenizer: Tokenizer) -> Chunk:
        """The token by its name, whatever the tokenizer's BOS is."""
        return Chunk(scribe.from_(Origin("variable", name="bos_token"), "<|begin_of_text|>"))

    def message(self, turn: Turn, place: Place) -> Message:
        """Thinking and several parts are refused."""
        header = Traced(self.family.user.header).replace("user", turn.role)
        return Message(Chunk(header), (Chunk(joined([_only_text(turn), self.family.user.end])),))


class Qwen3(Renderer):
    """Thinking on the last message alone, where it follows a question; calls and results in their marks."""

    shows_thinking = True

    def message(self, turn: Turn, place: Place) -> Message:
        """The output's words never spell a special token; the token that ends it is added by its id."""
        if self.disables_thinking and turn.role == "assistant" and place.is_last and place.last_user < 0:
            self._check(turn)
        frames = self.shows_thinking and turn.role == "assistant" and place.last_user >= 0 and place.is_last
        words = self._words(turn, place, frames)
        has_words = bool(words)
        if frames and not turn.thinks:
            words = joined([self.family.thinking.empty, words.lstrip("\n")])
        if turn.role == "tool":
            opening, closing = _around_result(self.family)
            words = joined([opening, words, closing])
        calls = joined([joined(["<tool_call>\n", call, "\n</tool_call>"]) for call in turn.calls], "\n")
        gap = "\n" if calls and has_words else ""
        body = Chunk(joined([words, gap, calls]), is_literal=True)
        return Message(self._header(turn.role, place), (body, Chunk(self.family.assistant.end)))

    def _check(self, turn: Turn) -> None:
        if not turn.content:
            return
        raise Refusal(
            "error",
            f"The conversation has no user message, and {self.name} then writes no empty thinking block "
            "on the reply, while the generation prompt always has one.",
        )

    def _header(self, role: str, place: Place) -> Chunk:
        written = "user" if role == "tool" else role
        header = Traced(self.family.user.header).replace("user", written)
        return Chunk(joined([self.family.user.separator if place.position else "", header]))

    def _words(self, turn: Turn, place: Place, frames: bool) -> Traced:
        if not isinstance(turn.content, str):
            return self._parts(turn, place, frames)
        if not (frames and "</think>" in turn.content):
            return joined([turn.content])
        before, _, after = turn.content.partition("</think>")
        return joined([self._framed(before.rpartition("<think>")[2]), after.lstrip("\n")])

    def _parts(self, turn: Turn, place: Place, frames: bool) -> Traced:
        written: list[str] = []
        after_block = False
        for part in turn.content:
            assert not isinstance(part, str)
            if part.kind == "thinking":
                if turn.role == "assistant" and not place.is_last:
                    continue
                bare = joined(["<think>", part.text, "</think>"])
                written.append(self._framed(part.text) if frames else bare)
                after_block = frames
            elif part.kind == "text":
                written.append(part.text.lstrip("\n") if after_block else part.text)
                after_block = False
        return joined(written)

    def _framed(self, thought: str) -> Traced:
        marks = self.family.thinking
        return joined([marks.opening, thought.strip("\n"), marks.closing])

    def prompt(self, place: Place) -> Chunk:
        """With thinking disabled the prompt closes an empty block."""
        empty = self.family.thinking.empty if self.disables_thinking else ""
        return Chunk(joined([self._header("assistant", place).text, empty]))


class Qwen3Instruct(Qwen3):
    """The models of 2507, which do not think: no block is written of itself."""

    shows_thinking = False


def _around_result(family: Family) -> tuple[str, str]:
    """The marks around a tool's result, which stands in a user's turn."""
    form, user = family.result, family.user
    return form.header.removeprefix(user.header), form.end.removesuffix(user.end)


def _only_text(turn: Turn) -> str:
    if isinstance(turn.content, str):
        return turn.content
    if len(turn.content) == 1 and turn.content[0].kind == "text":
        return turn.content[0].text
    raise Refusal(
        "error",
        f"The renderer takes a content of one text, and this one has {len(turn.content)} parts, of which "
        "thinking may be one.",
    )


RENDERERS: dict[str, Renderer] = {
    renderer.name: renderer
    for renderer in (
        Renderer("role_colon", ROLE_COLON),
        Llama3("llama3", LLAMA3),
        Qwen3("qwen3", QWEN, extends=False, writes_tools=True, needs=_END),
        Qwen3(
            "qwen3_disable_thinking",
            QWEN,
            extends=False,
            writes_tools=True,
            disables_thinking=True,
            needs=_END,
        ),
        Qwen3Instruct("qwen3_instruct", QWEN, writes_tools=True, needs=_END),
    )
}
