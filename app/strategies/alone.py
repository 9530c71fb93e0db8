"""Renders and tokenizes another conversation than the one at hand, as frameworks do to find their way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..core.conversation import Conversation
from ..errors import TemplateError
from .context import Context
from .joined import Piece


def tokenized(context: Context, conversation: Conversation, **arguments: Any) -> Piece:
    """A conversation under the context's template and arguments, without a generation prompt unless asked.

    Raises:
        TemplateError: the template refuses the conversation.
    """
    rendering = context.rendered(conversation=conversation, **{"add_generation_prompt": False, **arguments})
    return Piece(rendering, context.tokenizer.encode(rendering.text))


@contextmanager
def refused(doing: str) -> Iterator[None]:
    """Name what the framework was doing where the template refuses what the user did not write.

    Raises:
        TemplateError: with the template's line, and the kind that it had.
    """
    try:
        yield
    except TemplateError as error:
        failure = TemplateError(f"{doing}: {error.detail}", code=error.code, where=error.where)
        failure.kind = error.kind
        raise failure from None
