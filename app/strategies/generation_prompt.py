"""What the generation prompt supplies before the model begins to write.

    with     "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
    without  "<|im_start|>user\nhi<|im_end|>\n"
    prompt   "<|im_start|>assistant\n"

The conversation itself is the text without it, as far as the first reply; a second render
is needed only where the template writes that part otherwise when a reply follows.
"""

from __future__ import annotations

from ..core.conversation import Conversation, Message
from ..core.spans import shared_prefix
from ..errors import TemplateError
from .context import Context

_PROBE: tuple[Message, ...] = ({"role": "user", "content": "?"},)


def generation_prompt(context: Context) -> str:
    """The text that `add_generation_prompt` adds; empty where the template has none or refuses."""
    first = next((turn for turn in context.turns.turns if turn.message and turn.role == "assistant"), None)
    if first is not None:
        prefix = context.conversation.messages[: first.message]
        known = context.rendering.text[: first.first_character]
        prompt = _added(context, prefix, known)
        if prompt is not None:
            return prompt
    return _added(context, _PROBE, None) or ""


def _added(context: Context, messages: tuple[Message, ...], known: str | None) -> str | None:
    conversation = Conversation(messages, context.conversation.tools, context.conversation.extra)
    try:
        prompted = context.render(conversation, add_generation_prompt=True)
        if known is not None and prompted.startswith(known):
            return prompted[len(known) :]
        plain = context.render(conversation, add_generation_prompt=False)
    except TemplateError:
        return None
    return prompted[shared_prefix(prompted, plain) :]
