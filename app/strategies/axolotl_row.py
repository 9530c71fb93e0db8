"""The row that Axolotl tokenizes, and where each turn's words stand in it.

Source: axolotl 0.19.0, prompt_strategies/chat_template.py. A turn is located in the whole
rendering, so that what a template does to earlier or later turns cancels out. Where that
gives no token, the conversation up to the turn is tokenized twice and the ids are compared.
Covered: fast tokenizers. Not covered: processors of images and sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

from ..core.conversation import Conversation, Message
from ..core.example import Refusal
from ..core.provenance import IntArray
from .alone import tokenized
from .axolotl_turns import Names, tools_of, turns_of
from .context import Context
from .joined import Piece, join, renumbered
from .option import Options
from .sentinels import SENTINELS, Locator, Span, differing_ids
from .turns import find_turns

Asked: TypeAlias = Literal["turn", "content", "thinking"]
"""The whole turn; its content, where it has thinking too; its thinking."""


@dataclass(frozen=True)
class Row:
    """The turns as the template gets them, and what it makes of them.

    `numbers[k]` is the user's message that turn k is: not k where the system turn was dropped.
    """

    context: Context
    turns: tuple[Message, ...]
    tools: tuple[dict[str, Any], ...] | None
    numbers: tuple[int, ...]
    names: Names
    piece: Piece

    @cached_property
    def ids(self) -> list[int]:
        """Token ids, all of the row."""
        return list(self.piece.tokens.ids.tolist())

    @cached_property
    def messages(self) -> IntArray:
        """(n,) the user's message that each token is in, or -1."""
        context, piece = self.context, self.piece
        if piece.rendering is context.rendering:
            return context.turns.messages
        ends = context.tokenizer.bos_id, context.tokenizer.eos_id
        return find_turns(context.conversation, piece.rendering, piece.tokens, *ends).messages

    @cached_property
    def _locator(self) -> Locator:
        return Locator(self.piece.rendering.text, self.piece.tokens)

    def locate(self, index: int, asked: Asked = "turn") -> Span | None:
        """The tokens of a turn's words, or None where they are not found.

        Raises:
            TemplateError: the template refuses the turn with other words.
        """
        turn = self.turns[index]
        if index == 0 and turn.get("role") == "system" and "mistral" in self.context.tokenizer.name.lower():
            return None
        before, after = self.turns[:index], self.turns[index + 1 :]
        probes = [self._probe(turn, asked, sentinel) for sentinel in SENTINELS]
        texts = [self.context.render(self._conversation((*before, probe, *after))) for probe in probes]
        if all(texts):
            characters = self._locator.characters(texts)
            found = None if characters is None else self._locator.tokens(characters)
            if characters is None or found is not None:
                return _filled(found)
        return _filled(self._by_prefix(index, probes[0]))

    def _probe(self, turn: Message, asked: Asked, sentinel: str) -> Message:
        """The turn with nothing but its role and a sentinel, and what is not asked for beside it."""
        probe = {"role": turn.get("role"), "content": sentinel}
        if asked == "thinking":
            return probe | {"content": turn.get("content", ""), self.names.thinking: sentinel}
        return probe | {self.names.thinking: turn[self.names.thinking]} if asked == "content" else probe

    def _by_prefix(self, index: int, probe: Message) -> Span | None:
        last = {"real_last_index": len(self.turns) - 1} if len(self.turns) > 1 else {}
        ends = (self.turns[index], probe)
        texts = [self.context.render(self._conversation((*self.turns[:index], end)), **last) for end in ends]
        ids, other = (self.context.tokenizer.encode(text).ids.tolist() for text in texts)
        return differing_ids(ids, other)

    def _conversation(self, turns: tuple[Message, ...]) -> Conversation:
        return Conversation(turns, self.tools)


def open_row(context: Context, options: Options) -> Row:
    """The conversation as Axolotl renders it.

    Raises:
        TemplateError: the template refuses it.
        Refusal: `error`, where Axolotl raises.
    """
    turns, numbers, names = _turns(context, options)
    tools = tools_of(context.conversation)
    piece = _rendered(context, Conversation(turns, tools), numbers)
    return Row(context, turns, tools, numbers, names, piece)


def open_legacy_row(context: Context, options: Options) -> tuple[Row, int]:
    """The same without tools, behind the tokens of all turns but the last with a generation prompt.

    Gives the row and how many tokens the prompt has. The prompt's ids stand whatever the
    whole conversation has there.
    """
    turns, numbers, names = _turns(context, options)
    whole = _rendered(context, Conversation(turns), numbers)
    asked = {"add_generation_prompt": context.arguments.get("add_generation_prompt", True)}
    _refuse_empty(turns[:-1])
    prompt = tokenized(context, Conversation(turns[:-1]), **asked)
    count = len(prompt.tokens)
    if prompt.tokens.ids.tolist() != whole.tokens.ids[:count].tolist():
        prompt = Piece(renumbered(prompt.rendering, numbers), prompt.tokens)
        whole = join([prompt, whole.without_first(count)])
    return Row(context, turns, None, numbers, names, whole), count


def _refuse_empty(turns: tuple[Message, ...]) -> None:
    if not turns:
        raise Refusal("error", "No turn is left, and transformers renders no conversation without one.")


def _filled(span: Span | None) -> Span | None:
    return span if span is not None and span[0] < span[1] else None


def _turns(context: Context, options: Options) -> tuple[tuple[Message, ...], tuple[int, ...], Names]:
    names = Names.of(options, context.source)
    turns = turns_of(context.conversation, names, options)
    dropped = options["drop_system_message"] and turns[0]["role"] == "system"
    numbers = tuple(range(len(turns)))
    return turns[dropped:], numbers[dropped:], names


def _rendered(context: Context, conversation: Conversation, numbers: tuple[int, ...]) -> Piece:
    """The context's own rendering where the two are the same text."""
    _refuse_empty(conversation.messages)
    if conversation == context.conversation and context.rendering.text:
        return Piece(context.rendering, context.tokens)
    rendering = context.rendered(conversation=conversation)
    if rendering.text == context.rendering.text:
        return Piece(context.rendering, context.tokens)
    rendering = renumbered(rendering, numbers)
    return Piece(rendering, context.tokenizer.encode(rendering.text))
