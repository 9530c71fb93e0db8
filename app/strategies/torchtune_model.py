"""torchtune's tokenizers for one model: Llama 3's and Qwen2.5's.

Source: torchtune 0.6.1, `models/llama3/_tokenizer.py` and `models/qwen2_5/_tokenizer.py`. Headers,
words and ends are tokenized apart, and take the mask of their message, header and end included.
Llama 3: BOS and the final EOS are always masked, words are stripped and never spell a special token.
Qwen2.5: a last reply ends with EOS in place of the end of its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..core.example import Refusal
from ..core.provenance import NO_MESSAGE, Origin
from ..rendering.traced import Traced
from .context import Context
from .families.base import Family
from .families.chatml import QWEN
from .families.llama import LLAMA3
from .families.text import Scribe
from .joined import Piece
from .torchtune_messages import Turn

_BEGIN, _END = "<|begin_of_text|>", "<|end_of_text|>"
_LLAMA3_NEEDS = (_BEGIN, _END, "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
_QWEN_NEEDS = ("<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>")


class Chunk(NamedTuple):
    """Tokens of one message, or of none, and whether they are masked."""

    piece: Piece
    message: int
    masked: bool


class Row(NamedTuple):
    """The chunks of a row, and its EOS."""

    chunks: list[Chunk]
    eos: str


Model = Callable[[Context, Scribe, Sequence[Turn], bool], Row]


def llama3(context: Context, scribe: Scribe, turns: Sequence[Turn], add_eos: bool) -> Row:
    """A row as Llama 3's tokenizer writes it; without `add_eos` the last turn stays open."""
    _need(context, "Llama3Tokenizer", _LLAMA3_NEEDS)
    writer = _Writer(context, scribe, LLAMA3)
    chunks = [writer.special("bos_token", _BEGIN, masked=True)]
    for index, turn in enumerate(turns):
        chunks += writer.header(index, turn)
        for words in turn.words:
            text = Traced(words.text).strip()
            piece = Piece(scribe.rendering(text, index), context.tokenizer.encode_literally(text))
            chunks.append(Chunk(piece, index, turn.masked))
        if add_eos or index < len(turns) - 1:
            chunks += writer.text(LLAMA3.user.after, index, turn)
    if add_eos:
        chunks.append(writer.special("eos_token", _END, masked=True))
    return Row(chunks, _END)


def qwen2_5(context: Context, scribe: Scribe, turns: Sequence[Turn], add_eos: bool) -> Row:
    """A row as Qwen2.5's tokenizer writes it; EOS is the token that ends a turn."""
    _need(context, "Qwen2_5Tokenizer", _QWEN_NEEDS)
    writer, end = _Writer(context, scribe, QWEN), QWEN.user.end
    chunks: list[Chunk] = []
    for index, turn in enumerate(turns):
        before, after = _around(turns, index)
        chunks += writer.text(before, index, turn) if before else writer.header(index, turn)
        for words in turn.words:
            chunks += writer.text(words.text, index, turn)
        if turn.role != "assistant" or index < len(turns) - 1:
            chunks += writer.text(after, index, turn)
    if add_eos:
        chunks.append(
            writer.special("eos_token", end, masked=turns[-1].masked)._replace(message=len(turns) - 1)
        )
    return Row(chunks, end)


def _around(turns: Sequence[Turn], index: int) -> tuple[str, str]:
    """What stands around the words; results one after the other share a user's turn."""
    if turns[index].role != "ipython":
        return "", QWEN.user.after
    before, after = QWEN.result.before, QWEN.result.after
    if index and turns[index - 1].role == "ipython":
        before = before.removeprefix(QWEN.user.header.removesuffix("\n"))
    if index + 1 < len(turns) and turns[index + 1].role == "ipython":
        after = after.removesuffix(QWEN.user.after)
    return before, after


class _Writer:
    """Chunks of one family."""

    def __init__(self, context: Context, scribe: Scribe, family: Family) -> None:
        self._context, self._scribe, self._family = context, scribe, family

    def header(self, index: int, turn: Turn) -> Iterator[Chunk]:
        """The header with the role as it is written."""
        role = turn.role.strip() if self._family is LLAMA3 else turn.role
        return self.text(Traced(self._family.user.header).replace("user", role), index, turn)

    def text(self, text: str, index: int, turn: Turn) -> Iterator[Chunk]:
        """A text of a message; none where it is empty."""
        if text:
            yield Chunk(self._scribe.piece(text, self._context.tokenizer, index), index, turn.masked)

    def special(self, name: str, text: str, masked: bool) -> Chunk:
        """A special token in no message's turn."""
        traced = self._scribe.from_(Origin("variable", name=name), text)
        return Chunk(self._scribe.piece(traced, self._context.tokenizer), NO_MESSAGE, masked)


def _need(context: Context, name: str, tokens: Sequence[str]) -> None:
    known = set(context.tokenizer.added_tokens.values())
    for token in tokens:
        if token not in known:
            raise Refusal("error", f"{name} needs {token}, which {context.tokenizer.name} does not have.")


MODELS: dict[str, Model] = {"Llama3Tokenizer": llama3, "Qwen2_5Tokenizer": qwen2_5}
