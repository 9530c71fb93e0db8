"""What a masking rule gets to see of a row, in two halves: its rendering, then everything over its tokens.

A batch renders all its rows, encodes all their texts in one call, and only then opens their contexts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.conversation import Conversation
from ..core.example import Columns, Example
from ..core.provenance import EMPTY, Rendering
from ..core.request import AnalysisRequest
from ..core.tokens import Tokens
from ..errors import TemplateError, TooLarge
from ..rendering.render import Template, Variables, compile_template, render, render_text
from ..strategies.base import Strategy
from ..strategies.context import Context, open_context
from ..strategies.turns import find_turns
from ..tokenization.tokenizer import Tokenizer
from .renders import kept


@dataclass(frozen=True, slots=True)
class RenderedRow:
    """A request's conversation as text, and what it was rendered with."""

    request: AnalysisRequest
    tokenizer: Tokenizer
    template: Template
    variables: Variables
    rendering: Rendering

    def context(self, tokens: Tokens) -> Context:
        """What a masking rule sees, given the tokens of the text.

        Raises:
            TemplateError: a further render failed that the turns cannot be told without.
        """

        def render_other(conversation: Conversation, **arguments: Any) -> str:
            return render_text(self.template, conversation, self.variables.with_arguments(**arguments))

        def rendered(
            source: str | None = None, conversation: Conversation | None = None, **arguments: Any
        ) -> Rendering:
            chosen = self.template if source is None else compile_template(source)
            variables = self.variables.with_arguments(**arguments)
            return render(chosen, conversation or self.request.conversation, variables)

        return open_context(
            self.request.conversation,
            self.rendering,
            tokens,
            self.tokenizer,
            kept(render_other),
            rendered,
            dict(self.request.template_arguments),
            self.template.source,
        )


def rendered_row(
    request: AnalysisRequest, tokenizer: Tokenizer, template: Template, most: int, rule: Strategy
) -> RenderedRow:
    """The conversation rendered; to no text where the template refuses it and the rule renders itself.

    Raises:
        TemplateError: the template refuses the conversation.
        TooLarge: the text has more than `most` characters.
    """
    variables = Variables(tokenizer.special_tokens, request.template_arguments, request.today)
    rendering = _rendering(template, request.conversation, variables, rule)
    if len(rendering.text) > most:
        raise TooLarge(
            f"The rendered text has {len(rendering.text):,} characters; at most {most:,} are taken."
        )
    return RenderedRow(request, tokenizer, template, variables, rendering)


def columns_of(context: Context, example: Example) -> Columns:
    """Whose turn each token of the example is in, and which part: the rendering's own where they agree."""
    if example.tokens is context.tokens and example.rendering is context.rendering:
        return Columns(context.turns.messages, context.turns.parts)
    known = example.columns or _turns_of(context, example)
    count = len(example.tokens)
    return Columns(known.messages[:count], known.parts[:count])


def _turns_of(context: Context, example: Example) -> Columns:
    """The rendering's own turns, unless the framework feeds other text or other tokens."""
    whole = context.tokens.head(len(example.tokens))
    if example.rendering is context.rendering and np.array_equal(whole.offsets, example.tokens.offsets):
        return Columns(context.turns.messages, context.turns.parts)
    bos_id, eos_id = context.tokenizer.bos_id, context.tokenizer.eos_id
    found = find_turns(context.conversation, example.rendering, example.tokens, bos_id, eos_id)
    return Columns(found.messages, found.parts)


def _rendering(
    template: Template, conversation: Conversation, variables: Variables, rule: Strategy
) -> Rendering:
    try:
        return render(template, conversation, variables)
    except TemplateError:
        # Some frameworks rewrite the messages first, and the template may take those.
        if not rule.renders_itself:
            raise
        return EMPTY
