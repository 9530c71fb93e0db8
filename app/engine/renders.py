"""Plain renders kept for the second time they are asked for, as a rule's under other options are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.conversation import Conversation

MOST_CHARACTERS = 4_000_000
"""What is kept of one analysis; renders beyond are made anew each time."""


def kept(render: Callable[..., str]) -> Callable[..., str]:
    """The function, answering from memory where messages and arguments are equal to earlier ones."""
    texts: dict[tuple[str, str], str] = {}
    left = MOST_CHARACTERS

    def rendered(conversation: Conversation, **arguments: Any) -> str:
        nonlocal left
        key = _key(conversation, arguments)
        found = texts.get(key)
        if found is None:
            found = render(conversation, **arguments)
            left -= len(found) + len(key[0])
            if left > 0:
                texts[key] = found
        return found

    return rendered


def _key(conversation: Conversation, arguments: dict[str, Any]) -> tuple[str, str]:
    # As text, since messages are no keys, and since 1, 1.0 and True are equal and render otherwise.
    beside = (conversation.tools, sorted(conversation.extra.items()), sorted(arguments.items()))
    return repr(conversation.messages), repr(beside)
