"""The renderers that prime-rl writes a conversation with: Qwen3's, Llama 3's, and a chat template's.

Source: renderers 0.1.12, `qwen3.py`, `llama_3.py`, `default.py`. What the generation prompt gives the
model (a turn's header) and what stands between turns is never sampled; a reply's thinking, words,
tool calls and the token that ends it are.
Not covered: the other renderers of the package.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core.conversation import Conversation
from .alone import tokenized
from .context import Context
from .joined import Piece
from .option import Options
from .prime_rl_llama3 import llama3
from .prime_rl_page import Rendered
from .prime_rl_qwen3 import qwen3


def default(context: Context, conversation: Conversation, arguments: Options) -> Rendered:
    """The chat template's rendering; what each message adds in tokens counts as its own, its header too."""
    count = len(conversation.messages)
    messages = np.zeros(0, dtype=np.int32)
    piece = Piece(context.rendering, context.tokens)
    before = 0
    for index in range(count):
        first = Conversation(conversation.messages[: index + 1], conversation.tools)
        piece = tokenized(context, first, **arguments)
        added = max(len(piece.tokens) - before, 0)
        messages = np.concatenate([messages, np.full(added, index, dtype=np.int32)])
        before = len(piece.tokens)
    return Rendered(piece, messages[:before], None, None)


RENDERERS: dict[str, Callable[[Context, Conversation, Options], Rendered]] = {
    "qwen3": qwen3,
    "llama-3": llama3,
    "default": default,
}
