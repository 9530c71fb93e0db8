"""A row that a renderer of prime-rl's writes: its tokens, and which of them the model itself writes.

Source: renderers 0.1.12, base.py (`RenderedTokens`, `attribute_text_segments`). Every token has a
message, a *sampled* mark (the model would have written it at inference) and a *content* mark
(it begins inside the words of its message).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.conversation import Conversation
from ..core.example import Refusal
from ..core.provenance import NO_MESSAGE, IntArray
from .context import Context
from .families.text import Scribe, joined
from .joined import Piece, join

Marks = NDArray[np.bool_]


class Rendered(NamedTuple):
    """The row and its columns; a renderer over a chat template has no marks, only messages."""

    piece: Piece
    messages: IntArray
    """(n,) index of the message, or -1."""
    sampled: Marks | None
    """(n,)"""
    content: Marks | None
    """(n,)"""


class Page:
    """A row in the making. Each call is encoded alone; its text is in the turn of `message`."""

    def __init__(self, context: Context, conversation: Conversation, renderer: str) -> None:
        self.scribe = Scribe(conversation, f"prime-rl's renderer {renderer}")
        self._tokenizer = context.tokenizer
        self._pieces: list[Piece] = []
        self._messages: list[IntArray] = []
        self._sampled: list[Marks] = []
        self._content: list[Marks] = []

    def supplied(self, before: str, words: str = "", after: str = "", message: int = NO_MESSAGE) -> None:
        """What the model never writes; of it, only the words are content."""
        piece = self._add(joined([before, words, after]), message, sampled=False)
        if piece is None:
            return
        starts = piece.tokens.offsets[:, 0]
        self._content[-1] = (starts >= len(before)) & (starts < len(before) + len(words))

    def written(self, text: str, message: int) -> None:
        """What the model writes: sampled, and content throughout."""
        if self._add(text, message, sampled=True) is not None:
            self._content[-1] = self._sampled[-1]

    def _add(self, text: str, message: int, sampled: bool) -> Piece | None:
        if not text:
            return None
        piece = self.scribe.piece(text, self._tokenizer, message)
        count = len(piece.tokens)
        self._pieces.append(piece)
        self._messages.append(np.full(count, message, dtype=np.int32))
        self._sampled.append(np.full(count, sampled))
        self._content.append(np.zeros(count, dtype=np.bool_))
        return piece

    def rendered(self) -> Rendered:
        """The whole row.

        Raises:
            Refusal: `dropped`, where nothing was written.
        """
        if not self._pieces:
            raise Refusal("dropped", "The renderer writes nothing for messages of these roles.")
        sampled, content = np.concatenate(self._sampled), np.concatenate(self._content)
        return Rendered(join(self._pieces), np.concatenate(self._messages), sampled, content)
