"""torchtune's tokenizer over any chat template, which counts the tokens that each message adds.

Source: torchtune main at commit bd2a0fc7, `modules/transforms/tokenizers/_hf_tokenizer.py`.
The first message, the first two, and so on are rendered, and of each rendering the tokens beyond the
count of the one before are taken: where the template writes earlier messages otherwise, they are
others than the rendering's. The template is plain Jinja, sees the texts and numbers of
`tokenizer_config.json` and the first text of each message, and raises on what is not defined.
Quirks, kept: `add_eos` asks for a generation prompt, which trains with the last message, and EOS is
added after it; without `add_eos` the last token gives way to EOS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..core.conversation import Conversation
from ..core.example import Refusal
from ..core.provenance import NO_MESSAGE, Origin, Rendering
from ..errors import TemplateError
from ..rendering.render import compile_plain, render_plain
from .context import Context
from .families.text import single
from .joined import Piece, join, literal
from .torchtune_messages import Turn, Words
from .torchtune_model import Chunk, Row


def huggingface(context: Context, turns: Sequence[Turn], add_eos: bool) -> Row:
    """The row before truncation.

    Raises:
        Refusal: `error`, where the tokenizer's files do not name BOS and EOS, a message has no text, or
            the template raises on the first messages without the rest.
    """
    try:
        reader = _Reader(context, turns)
        pieces = [reader.piece(count, add_eos and count == len(turns)) for count in range(1, len(turns) + 1)]
    except TemplateError as error:
        raise Refusal(
            "error",
            "torchtune renders the first message, the first two and so on with Jinja alone, where what is "
            f"not defined raises, and the chat template does: {error.detail}",
        ) from None
    counts = [0, *(len(piece.tokens) for piece in pieces)]
    chunks = [
        Chunk(piece.without_first(before), index, turn.masked)
        for index, (piece, before, turn) in enumerate(zip(pieces, counts, turns, strict=False))
    ]
    if add_eos:
        chunks.append(Chunk(reader.special("eos_token"), NO_MESSAGE, False))
    return Row(chunks, reader.tokens["eos_token"])


class _Reader:
    def __init__(self, context: Context, turns: Sequence[Turn]) -> None:
        self._tokenizer = context.tokenizer
        config = context.tokenizer.config
        self.tokens = {name: _named(config, name) for name in ("bos_token", "eos_token")}
        self._ids = {name: self._id(name) for name in self.tokens}
        empty = context.tokenizer.encode("", add_special_tokens=True).ids.tolist()
        self._adds_bos = self._ids["bos_token"] in empty
        self._template = compile_plain(context.source)
        self._values = {name: value for name, value in config.items() if not isinstance(value, dict | list)}
        self._first = [_first(turn) for turn in turns]
        self._messages = [
            {"role": turn.role, "content": words.text} for turn, words in zip(turns, self._first, strict=True)
        ]

    def piece(self, count: int, prompted: bool) -> Piece:
        """The first messages, rendered and tokenized."""
        values = {**self._values, "add_generation_prompt": prompted}
        conversation = Conversation(tuple(self._messages[:count]))
        rendering = self._placed(render_plain(self._template, conversation, values))
        found = Piece(rendering, self._tokenizer.encode(rendering.text, add_special_tokens=True))
        has_bos = self.tokens["bos_token"] in rendering.text
        if has_bos and self._adds_bos:
            return Piece(rendering, found.tokens.part(slice(1, None)))
        return found if has_bos or self._adds_bos else join([self.special("bos_token"), found])

    def special(self, name: str) -> Piece:
        """BOS or EOS by its id."""
        text = self.tokens[name]
        return Piece(literal(text, Origin("variable", name=name)), single(self._ids[name], text))

    def _id(self, name: str) -> int:
        text = self.tokens[name]
        ids: list[int] = self._tokenizer.encode(text).ids.tolist()
        if len(ids) != 1:
            raise Refusal("error", f"`{name}` of tokenizer_config.json is no token: {text!r}.")
        return ids[0]

    def _placed(self, rendering: Rendering) -> Rendering:
        """Origins that name the message and the part which a text was taken from."""
        return replace(rendering, origins=tuple(map(self._place, rendering.origins)))

    def _place(self, origin: Origin) -> Origin:
        if origin.field != "content" or origin.message is None:
            return origin
        words = self._first[origin.message]
        return origin._replace(message=words.message, path=words.path)


def _named(config: Mapping[str, Any], name: str) -> str:
    """The text of BOS or EOS, which is written as such or as an object with a `content`."""
    token = config.get(name)
    text = token.get("content") if isinstance(token, dict) else token
    if not isinstance(text, str):
        raise Refusal("error", f"tokenizer_config.json has no `{name}`, which torchtune needs.")
    return text


def _first(turn: Turn) -> Words:
    if not turn.words:
        raise Refusal("error", "torchtune takes the first text of each message, and one has none.")
    return turn.words[0]
