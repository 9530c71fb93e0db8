"""Writes a framework's own format as text that remembers where each character came from.

    scribe = Scribe(conversation, "LLaMA-Factory's format `qwen`")
    text = scribe.own("<|im_start|>user\n", 0) + scribe.messages[0]["content"] + "<|im_end|>\n"
    piece = scribe.piece(text, tokenizer, 0)

Strings of `scribe.messages` are traced to their fields, also through slicing, stripping, joining and
replacing; text that carries no trace is the format's. Formatting with `%`, f-strings or `re.sub`
loses the trace: write `a + b`, `joined` or `derived`. Pieces are tokenized alone, so that
tokens end where pieces do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ...core.conversation import Conversation
from ...core.provenance import NO_MESSAGE, Origin, Rendering
from ...core.tokens import Tokens
from ...rendering.assemble import assemble
from ...rendering.inputs import MessageDict, trace_messages
from ...rendering.traced import DERIVED, UNKNOWN, Traced, derived, pieces_of
from ...rendering.traced import Piece as Stretch
from ...rendering.tracker import Tracker, concat
from ...tokenization.tokenizer import Tokenizer
from ..joined import Piece
from .base import BOS, EOS

_MARKS = re.compile(f"({re.escape(BOS)}|{re.escape(EOS)})")


class Slot(NamedTuple):
    """What is encoded at once: text, or the special token of that name."""

    text: str
    special: str | None = None


def slots(before: str, words: str = "", after: str = "") -> list[Slot]:
    """The texts of a form around words, cut at the marks `{bos}` and `{eos}` of the form.

    >>> slots("{bos}[INST] ", "hi", " [/INST]")
    [Slot('', 'bos_token'), Slot('[INST] hi [/INST]', None)]
    """
    *ahead, opening = _cut_at_marks(before)
    closing, *behind = _cut_at_marks(after)
    # Only the form's marks count; what a message says may hold such marks.
    middle = Slot(concat([opening.text, words, closing.text]))
    return [slot for slot in (*ahead, middle, *behind) if slot.text or slot.special]


def _cut_at_marks(text: str) -> list[Slot]:
    """Texts with marks in between, beginning and ending with a text."""
    traced, found, position = Traced(text, pieces_of(text)), [], 0
    for match in _MARKS.finditer(text):
        found += [Slot(traced[position : match.start()]), Slot("", f"{match[0][1:-1]}_token")]
        position = match.end()
    return [*found, Slot(traced[position:])]


class Scribe:
    """The sources of one conversation's text; `format_name` is what wrote the rest, in words."""

    def __init__(self, conversation: Conversation, format_name: str) -> None:
        self._tracker = Tracker()
        add = self._tracker.add_source
        self._format = add(Origin("variable", name=format_name))
        self._sources: dict[Origin, int] = {}
        self.messages: list[MessageDict] = trace_messages(conversation.messages, add)
        self.tools = None if conversation.tools is None else list(conversation.tools)

    def own(self, text: str, message: int = NO_MESSAGE) -> Traced:
        """Text of the format, in the turn of a message or of none; traced parts keep their source."""
        return Traced(text, tuple(self._known(piece, message) for piece in pieces_of(text)))

    def from_(self, origin: Origin, text: str, message: int = NO_MESSAGE) -> Traced:
        """Text of another source, such as the variable `bos_token` or the argument `tools`."""
        source = self._sources.get(origin)
        if source is None:
            source = self._sources[origin] = self._tracker.add_source(origin)
        return Traced(text, ((len(text), source, DERIVED, message),) if text else ())

    def from_tools(self, text: str, message: int = NO_MESSAGE) -> Traced:
        """Text made from the conversation's tools."""
        return self.from_(Origin("argument", name="tools"), text, message)

    def rendering(self, text: str, message: int = NO_MESSAGE) -> Rendering:
        """The text with its origins; what is in no turn yet is in that of `message`."""
        return assemble([(self.own(text, message), message)], self._tracker)

    def piece(self, text: str, tokenizer: Tokenizer, message: int = NO_MESSAGE) -> Piece:
        """The text and the tokens that it gives alone."""
        rendering = self.rendering(text, message)
        return Piece(rendering, tokenizer.encode(rendering.text))

    def special(self, name: str, tokenizer: Tokenizer, message: int = NO_MESSAGE) -> Piece | None:
        """The token `bos_token` or `eos_token` by its id; None where the tokenizer has none."""
        number = tokenizer.bos_id if name == "bos_token" else tokenizer.eos_id
        text = tokenizer.special_tokens.get(name)
        if number is None or text is None:
            return None
        return Piece(
            self.rendering(self.from_(Origin("variable", name=name), text, message), message),
            single(number, text),
        )

    def pieces(self, slots: Iterable[Slot], tokenizer: Tokenizer, message: int = NO_MESSAGE) -> list[Piece]:
        """Every slot encoded alone; empty ones, and tokens that the tokenizer lacks, give nothing."""
        found = []
        for slot in slots:
            name = slot.special
            piece = (
                self.special(name, tokenizer, message) if name else self.piece(slot.text, tokenizer, message)
            )
            if piece is not None and piece.rendering.text:
                found.append(piece)
        return found

    def _known(self, piece: Stretch, message: int) -> Stretch:
        length, source, _, turn = piece
        return piece if source != UNKNOWN else (length, self._format, DERIVED, max(turn, message))


def joined(parts: Iterable[str], separator: str = "") -> Traced:
    """`separator.join(parts)`, every part keeping its trace."""
    return Traced(separator).join(parts) if separator else concat(parts)


def filled(form: str, **values: str) -> Traced:
    """A text with `{{name}}` replaced once by each value, in their order, as many frameworks do.

    >>> filled("Q: {{query}}", query="why?")
    'Q: why?'
    """
    text = Traced(form)
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value, 1)
    return text


def without(pattern: re.Pattern[str], text: str) -> Traced:
    """`pattern.sub("", text)`, what is left keeping its trace."""
    kept, position = [], 0
    traced = text if isinstance(text, Traced) else Traced(text)
    for match in pattern.finditer(text):
        kept.append(traced[position : match.start()])
        position = match.end()
    return concat([*kept, traced[position:]])


def as_json(value: Any, source: Any = None, **how: Any) -> Traced:
    """JSON text, derived from the value's own strings, or from another value that it was made of."""
    return derived(json.dumps(value, **{"ensure_ascii": False, **how}), value if source is None else source)


def single(number: int, text: str) -> Tokens:
    """One special token, over all of its text."""
    return Tokens(
        np.array([number], dtype=np.int32),
        np.array([[0, len(text)]], dtype=np.int32),
        [text],
        np.ones(1, dtype=np.bool_),
    )
