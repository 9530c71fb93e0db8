"""OpenAI's fine-tuning API: each assistant message, or not, by its `weight` of 0 or 1.

Source: OpenAI's API reference, fine-tuning, the chat format of training files: `weight` is 0
or 1, on assistant messages alone, and says whether the message is trained against; 1 where
it is absent.
Rule here: an assistant turn of weight 1 trains from the end of what the generation prompt
supplies through the token that ends the turn; a turn of weight 0 does not.
Covered: which messages train, and which weights the API refuses.
Not covered: the service's own rendering and tokens, which are closed. What trains at the edges of
a turn is not documented either, so the template that is chosen here stands for it. Nor are
other checks of a training file covered, such as its size or that its last message is a reply.
"""

from __future__ import annotations

from ..core.conversation import Message
from ..core.example import Example, Reason, Refusal
from .assistant_turns import supplied_tokens
from .base import Options, Strategy
from .context import Context
from .sheet import Sheet
from .turns import NO_TOKEN, Turn

_OUTSIDE = Reason("openai-outside", "Masked: outside every message.")


def examples(context: Context, options: Options) -> list[Example]:
    """One example."""
    E
