"""What a masking rule gets to see: the conversation, its rendering, its tokens, and further renders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..core.conversation import Conversation
from ..core.provenance import Rendering
from ..core.tokens import Tokens
from ..tokenization.tokenizer import Tokenizer
from .turns import Turns


@dataclass(frozen=True, slots=True)
class Context:
    """One conversation, rendered and tokenized the Hugging Face way, and how to render others.

    `render` gives plain text for another conversation under the same template and arguments,
    with further arguments such as `add_generation_prompt`; it raises `TemplateError`.
    """

    conversation: Conversation
    rendering: Rendering
    tokens: Tokens
    turns: Turns
    tokenizer: Tokenizer
    render: Callable[..., str]
    arguments: dict[str, Any]
