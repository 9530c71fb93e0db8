"""What the generation prompt supplies before the model begins to write.

    with     "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
    without  "<|im_start|>user\nhi<|im_end|>\n"
    prompt   "<|im_start|>assistant\n"
"""

from __future__ import annotations

import os.path

from ..core.conversation import Conversation
from ..errors import TemplateError
from .context import Context

_PROBE = ({"role": "user", "content": "?"},)


def generation_prompt(context: Context) -> str:
    """The text that `add_generation_prompt` adds; empty where the template has none or refuses."""
    for messages in (_before_first_reply(context.conversation), _PROBE):
        if not messages:
            continue
        conversation = Conversation(messages, context.conversation.tools, context.conversation.extra)
        try:
            prompted = context.render(conversation, add_generation_prompt=True)
            plain = context.render(conversation, add_generation_prompt=False)
        except TemplateError:
            continue
        return prompted[len(os.path.commonprefix((prompted, plain))) :]
    return ""


def _before_first_reply(conversation: Conversation) -> tuple[dict[str, object], ...]:
    """The messages up to the first assistant message that something precedes."""
    for index, message in enumerate(conversation.messages):
        if index and message["role"] == "assistant":
            return conversation.messages[:index]
    return ()
