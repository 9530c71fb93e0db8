"""An empty list of tools taken for none, as some frameworks do before they render."""

from __future__ import annotations

from ..core.conversation import Conversation
from .context import Context, open_context


def without_empty_tools(context: Context) -> Context:
    """The context of the same conversation without tools, where its list of them is empty.

    Raises:
        TemplateError: the template refuses the conversation without tools.
    """
    given = context.conversation
    if given.tools is None or given.tools:
        return context
    conversation = Conversation(given.messages, None, given.extra)
    rendering = context.rendered(conversation=conversation)
    tokens = context.tokenizer.encode(rendering.text)
    return open_context(
        conversation,
        rendering,
        tokens,
        context.tokenizer,
        context.render,
        context.rendered,
        context.arguments,
        context.source,
    )
