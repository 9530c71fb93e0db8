"""What the generation prompt supplies before the model begins to write.

    with     "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
    without  "<|im_start|>user\nhi<|im_end|>\n"
    prompt   "<|im_start|>assistant\n"

The conversation itself is the text without it, as far as the first reply; a second render
is needed only where the template writes that part otherwise when a reply follows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..core.conversation import Conversation, Message
from ..core.provenance import Rendering
from ..core.spans import shared_prefix
from ..errors import TemplateError
from .turns import Turn

Render: TypeAlias = Callable[..., str]
"""Plain text of a conversation, given template arguments by name; raises `TemplateError`."""

_PROBE: tuple[Message, ...] = ({"role": "user", "content": "?"},)


def generation_prompt(
    conversation: Conversation, rendering: Rendering, turns: tuple[Turn, ...], render: Render
) -> str:
    """The text that `add_generation_prompt` adds; empty where the template has none or refuses."""
    first = next((turn for turn in turns if turn.message and turn.role == "assistant"), None)
    if first is not None:
        before = conversation.with_messages(conversation.messages[: first.message])
        prompt = _added(before, render, rendering.text[: first.first_character])
        if prompt is not None:
            return prompt
    return _added(conversation.with_messages(_PROBE), render, None) or ""


def _added(conversation: Conversation, render: Render, known: str | None) -> str | None:
    try:
        prompted = render(conversation, add_generation_prompt=True)
        if known is not None and prompted.startswith(known):
            return prompted[len(known) :]
        plain = render(conversation, add_generation_prompt=False)
    except TemplateError:
        return None
    return prompted[shared_prefix(prompted, plain) :]


def supplied_to(turn: Turn, text: str, prompt: str) -> int:
    """The first character of an assistant turn that the generation prompt does not supply."""
    here = text[turn.first_character : turn.first_character + len(prompt)]
    shared = shared_prefix(here, prompt)
    if shared < len(prompt):
        # A reply may begin like the rest of the prompt by chance; its own words are never supplied.
        shared = min(shared, max(turn.content_from - turn.first_character, 0))
    return turn.first_character + shared
