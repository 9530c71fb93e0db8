"""open-instruct's check of turns that were placed by counting tokens, against the messages' contents.

The decoded tokens of a turn have to begin with its content and must hold no content of a later
message after it. Skipped, as there: a message without content, one whose content the text
does not hold as it is, and one that truncation cut short.
"""

from __future__ import annotations

from typing import Any

from ..core.example import Refusal
from ..core.tokens import Tokens
from .context import Context
from .prefixes import Span


class NotVerified(Exception):
    """A turn does not stand where it was placed."""


class Check:
    """Verifies turns of one row."""

    def __init__(self, context: Context, tokens: Tokens) -> None:
        self._contents = [message.get("content") for message in context.conversation.messages]
        self._text = context.rendering.text
        self._tokenizer = context.tokenizer
        self._tokens = tokens

    def verify(self, message: int, span: Span) -> bool:
        """Whether the turn was verified; false where open-instruct skips it.

        Raises:
            NotVerified: with what is wrong with the span.
            Refusal: `error`, where a content is no text.
        """
        content = self._contents[message]
        if not content or not self._is_in(content, self._text):
            return False
        start, end = min(span[0], len(self._tokens)), min(span[1], len(self._tokens))
        if start >= end:
            return False
        words = self._tokenizer.decode(self._tokens.ids[start:end])
        if span[1] >= len(self._tokens) and words.lstrip() and content.startswith(words.lstrip()):
            return True
        self._compare(message, content, words)
        return True

    def _compare(self, message: int, content: str, words: str) -> None:
        if content not in words:
            raise NotVerified(f"that of turn {message + 1} does not cover its content")
        if not words.lstrip().startswith(content):
            raise NotVerified(f"that of turn {message + 1} starts inside its header")
        rest = words.partition(content)[2]
        for later in range(message + 1, len(self._contents)):
            if self._contents[later] and self._is_in(self._contents[later], rest):
                raise NotVerified(f"that of turn {message + 1} runs into turn {later + 1}")

    def _is_in(self, content: Any, text: str) -> bool:
        if not isinstance(content, str):
            raise Refusal("error", "open-instruct looks for contents in the text; one is a list of parts.")
        return content in text
