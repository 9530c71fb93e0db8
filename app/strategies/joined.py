"""Rows glued together from pieces that were rendered and tokenized apart from each other.

    messages   user "hi"                        assistant "hey"
    pieces     "<|user|>hi<|end|>"              "<|assistant|>hey<|end|>"
    row        "<|user|>hi<|end|><|assistant|>hey<|end|>"

Origins stay true: whatever conversation a piece was rendered from, its origins name the
messages of the whole one, and what belongs to none of these (a framework's own dummy
message) has no named source.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from ..core.conversation import Conversation
from ..core.example import Columns
from ..core.provenance import NO_MESSAGE, IntArray, Origin, Rendering
from ..core.tokens import Tokens
from ..tokenization.tokenizer import Tokenizer
from .turns import find_turns

_NOWHERE = Origin("template")


class Piece(NamedTuple):
    """Text with its origins, and the tokens it gives when it is tokenized alone."""

    rendering: Rendering
    tokens: Tokens

    def without_first(self, count: int) -> Piece:
        """The piece after its first `count` tokens; its text begins where the first one left does."""
        tokens = self.tokens.part(slice(count, None))
        length = len(self.rendering.text)
        cut = int(tokens.offsets[:, 0].min()) if len(tokens) else length
        kept = Tokens(tokens.ids, tokens.offsets - cut, tokens.pieces, tokens.special)
        return Piece(excerpt(self.rendering, cut, length), kept)

    def first(self, count: int) -> Piece:
        """The first `count` tokens of the piece, and the text up to where the last of them ends."""
        if count >= len(self.tokens):
            return self
        tokens = self.tokens.head(count)
        end = int(tokens.offsets[:, 1].max()) if len(tokens) else 0
        return Piece(excerpt(self.rendering, 0, end), tokens)


def join(pieces: Sequence[Piece]) -> Piece:
    """One text and one row of tokens, the pieces in order."""
    rendering = join_renderings([piece.rendering for piece in pieces])
    lengths = [len(piece.rendering.text) for piece in pieces]
    starts = accumulate(lengths[:-1], initial=0)
    tokens = [piece.tokens for piece in pieces]
    offsets = [row.offsets + start for row, start in zip(tokens, starts, strict=False)]
    return Piece(
        rendering,
        Tokens(
            np.concatenate([row.ids for row in tokens]),
            np.concatenate(offsets).astype(np.int32),
            [piece for row in tokens for piece in row.pieces],
            np.concatenate([row.special for row in tokens]),
        ),
    )


def join_renderings(renderings: Sequence[Rendering]) -> Rendering:
    """One rendering, the given ones in order; each origin is listed once."""
    table: dict[Origin, int] = {}
    starts, ids, messages = [], [], []
    position = 0
    for rendering in renderings:
        numbers = [table.setdefault(origin, len(table)) for origin in rendering.origins]
        starts.append(rendering.starts + position)
        ids.append(np.array(numbers, dtype=np.int32)[rendering.origin_ids])
        messages.append(rendering.run_messages)
        position += len(rendering.text)
    text = "".join(rendering.text for rendering in renderings)
    return Rendering(text, tuple(table), _column(starts), _column(ids), _column(messages))


def excerpt(rendering: Rendering, start: int, end: int) -> Rendering:
    """The characters from `start` to `end`, with their origins."""
    if start >= end:
        return literal("", _NOWHERE)
    first = int(rendering.starts.searchsorted(start, side="right")) - 1
    last = int(rendering.starts.searchsorted(end))
    starts = np.maximum(rendering.starts[first:last], start) - start
    used, ids = np.unique(rendering.origin_ids[first:last], return_inverse=True)
    origins = [rendering.origins[origin] for origin in used.tolist()]
    into = start - int(rendering.starts[first])
    opening = origins[ids[0]]
    if into and opening.start is not None:
        # The run goes on inside its field, and other runs may share the origin it began with.
        origins.append(opening._replace(start=opening.start + into))
        ids[0] = len(origins) - 1
    messages = rendering.run_messages[first:last]
    return Rendering(rendering.text[start:end], tuple(origins), starts, ids.astype(np.int32), messages)


def literal(text: str, origin: Origin, message: int = NO_MESSAGE) -> Rendering:
    """Text of a single origin, in the turn of a message or of none."""
    runs = 1 if text else 0
    zeros = np.zeros(runs, dtype=np.int32)
    return Rendering(text, (origin,) * runs, zeros, zeros, np.full(runs, message, dtype=np.int32))


def renumbered(rendering: Rendering, messages: Sequence[int]) -> Rendering:
    """The same text, its message k being message `messages[k]` of the conversation, or none of it (-1)."""
    origins = tuple(_renumbered(origin, messages) for origin in rendering.origins)
    # One more entry, so that a run in no turn (-1) stays in none.
    table = np.array([*messages, NO_MESSAGE], dtype=np.int32)
    runs = table[rendering.run_messages]
    return Rendering(rendering.text, origins, rendering.starts, rendering.origin_ids, runs)


def columns(conversation: Conversation, pieces: Sequence[Piece], tokenizer: Tokenizer) -> Columns:
    """Turns and parts found piece by piece, for rows in which a message stands more than once."""
    found = [
        find_turns(conversation, piece.rendering, piece.tokens, tokenizer.bos_id, tokenizer.eos_id)
        for piece in pieces
    ]
    messages = [turns.messages for turns in found]
    return Columns(_column(messages), np.concatenate([turns.parts for turns in found]))


def _renumbered(origin: Origin, messages: Sequence[int]) -> Origin:
    if origin.message is None:
        return origin
    message = messages[origin.message]
    if message != NO_MESSAGE:
        return origin._replace(message=message)
    return origin._replace(message=None) if origin.kind == "template" else _NOWHERE


def _column(parts: Sequence[IntArray]) -> IntArray:
    return np.concatenate([np.empty(0, dtype=np.int32), *parts]).astype(np.int32)
