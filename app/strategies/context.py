"""What a masking rule gets to see: the conversation, its rendering, its tokens, and further renders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from ..core.conversation import Conversation
from ..core.provenance import Rendering
from ..core.spans import shared_prefix
from ..core.tokens import Tokens
from ..rendering.prompt import fixed_prompt
from ..tokenization.tokenizer import Tokenizer
from .generation_prompt import Render, generation_prompt, supplied_to
from .turns import Turn, Turns, find_turns


class Rendered(Protocol):
    """Renders another conversation, or with another template, traced."""

    def __call__(
        self, source: str | None = None, conversation: Conversation | None = None, **arguments: Any
    ) -> Rendering:
        """Text, origins and generation spans; None stands for the context's own.

        Raises:
            TemplateError: the template is wrong, or refuses the conversation.
        """
        ...


@dataclass(frozen=True)
class Context:
    """One conversation, rendered and tokenized the Hugging Face way, and how to render others.

    `render` gives plain text for another conversation under the same template and arguments,
    with further arguments such as `add_generation_prompt`; it raises `TemplateError`.
    `rendered` gives the same with origins, and for other templates.
    """

    conversation: Conversation
    rendering: Rendering
    tokens: Tokens
    turns: Turns
    tokenizer: Tokenizer
    render: Render
    rendered: Rendered
    arguments: dict[str, Any]
    source: str = ""
    """The chat template's."""

    @cached_property
    def generation_prompt(self) -> str:
        """The text that `add_generation_prompt` adds."""
        fixed = fixed_prompt(self.source, {**self.tokenizer.special_tokens, **self.arguments})
        if fixed is not None:
            return fixed
        return generation_prompt(self.conversation, self.rendering, self.turns.turns, self.render)

    def supplied_to(self, turn: Turn) -> int:
        """The first character of an assistant turn that the generation prompt does not supply."""
        return supplied_to(turn, self.rendering.text, self.generation_prompt)


def open_context(
    conversation: Conversation,
    rendering: Rendering,
    tokens: Tokens,
    tokenizer: Tokenizer,
    render: Render,
    rendered: Rendered,
    arguments: dict[str, Any],
    source: str,
) -> Context:
    """A context with its turns found.

    Raises:
        TemplateError: a further render failed that the turns cannot be told without.
    """
    turns = find_turns(conversation, rendering, tokens, tokenizer.bos_id, tokenizer.eos_id)
    context = Context(conversation, rendering, tokens, turns, tokenizer, render, rendered, arguments, source)
    if rendering.text and arguments.get("add_generation_prompt"):
        plain = render(conversation, add_generation_prompt=False)
        turns.set_generation_prompt(shared_prefix(plain, rendering.text))
    for turn in turns.turns:
        if turn.opens_with_call:
            turns.set_tool_call(turn, context.supplied_to(turn))
    return context
