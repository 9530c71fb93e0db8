"""Where a turn stands, told by rendering the conversation as far as it goes.

    up to message 1, prompted   "<user>hi<assistant>"
    up to and with message 1    "<user>hi<assistant>ho<end>"
    the turn of message 1                          "ho<end>"

It holds only where both are prefixes of the whole text; a template that writes its last
turn differently breaks that. Then tokens can be counted instead of characters, which fits
only if the prefix has as many tokens as what stands in its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..core.tokens import Tokens
from .context import Context

Span: TypeAlias = tuple[int, int]
"""Half-open."""


class Prefixes:
    """Renders of the first messages of a conversation, each made once."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._texts: dict[tuple[int, bool], str] = {}

    def text(self, count: int, *, prompted: bool = False) -> str:
        """The first messages as text; none are no text, with a generation prompt or without.

        Raises:
            TemplateError: the template refuses them.
        """
        if not count:
            return ""
        if (count, prompted) not in self._texts:
            whole = self._context.conversation
            first = whole.with_messages(whole.messages[:count])
            self._texts[count, prompted] = self._context.render(first, add_generation_prompt=prompted)
        return self._texts[count, prompted]

    def before(self, message: int) -> str:
        """All that precedes the words of a message: what came earlier, and the generation prompt."""
        return self.text(message, prompted=True)

    def through(self, message: int) -> str:
        """Everything to the end of a message's turn."""
        return self.text(message + 1)

    def character_span(self, message: int, whole: str) -> Span | None:
        """The characters of a turn without its header, or None where the prefixes are none of the whole.

        Raises:
            TemplateError: the template refuses a prefix.
        """
        before, through = self.before(message), self.through(message)
        is_stable = len(before) <= len(through) and whole.startswith(before) and whole.startswith(through)
        return (len(before), len(through)) if is_stable else None

    def token_span(self, message: int, length: int | None = None) -> Span:
        """How many tokens precede a turn's words and how many reach to its end, each cut to `length`.

        Raises:
            TemplateError: the template refuses a prefix.
        """
        encode = self._context.tokenizer.encode
        start, end = (len(encode(text)) for text in (self.before(message), self.through(message)))
        return (start, end) if length is None else (min(start, length), min(end, length))


def overlapping(tokens: Tokens, spans: Iterable[Span]) -> NDArray[np.bool_]:
    """(n,) true for tokens that have a character in a span; a token without characters never has.

    >>> overlapping(Tokens(offsets=[[0, 2], [2, 5], [5, 5]], ...), [(4, 9)])
    [False, True, False]
    """
    starts, ends = tokens.offsets[:, 0], tokens.offsets[:, 1]
    found = np.zeros(len(tokens), dtype=np.bool_)
    for start, end in spans:
        found |= (starts < end) & (start < ends)
    return found & (starts < ends)
