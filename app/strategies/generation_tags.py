"""Generation tags: the mask of `apply_chat_template(return_assistant_tokens_mask=True)`, quirks included.

Source: transformers 5.23.0, `tokenization_utils_base.py` and `utils/chat_template_utils.py`.
Rule: each `{% generation %}` block is a span of characters; from the token that covers its
first character to the one that covers its last, every token is trained.
Quirks, kept: a token that straddles the start is trained whole; a span whose first character
no token covers ends the search; a span whose last character no token covers, or token 0
covers, runs to the end of the row; a last character made of several tokens is trained
only as far as its first; a template without blocks trains nothing and says nothing.
Covered: all of it, truncation on the right too. Not covered: batches padded on the left.
"""

from __future__ import annotations

import numpy as np

from ..core.example import Example, Reason
from ..core.provenance import Rendering
from ..core.tokens import Tokens
from .base import MAX_LENGTH, Options, Strategy
from .context import Context
from .sheet import Sheet

_NO_BLOCKS = Reason(
    "generation-none", "Masked: the chat template has no {% generation %} block, so this rule trains nothing."
)
_LOST = Reason(
    "generation-lost",
    "Masked: a {% generation %} block begins where no token stands; transformers stops at the first such.",
)


def examples(context: Context, options: Options) -> list[Example]:
    """One example, trained inside the template's generation blocks."""
    tokens = context.tokens.head(options["max_length"])
    sheet = generation_sheet(context.rendering, tokens)
    return [sheet.example(cut_tokens=len(context.tokens) - len(tokens))]


def generation_sheet(rendering: Rendering, tokens: Tokens, option: str = "") -> Sheet:
    """Labels in the making, trained inside the generation blocks; for frameworks that build on the mask.

    `option` ends the sentences: the option of the framework that asks for the mask.
    """
    spans = rendering.generation_spans
    sentence = f"Masked: outside every {{% generation %}} block of the template{option}."
    sheet = Sheet(rendering, tokens, Reason("generation-outside", sentence) if spans else _NO_BLOCKS)
    for number, (start, end, runs_on) in enumerate(_token_spans(tokens, spans)):
        if start < 0:
            sheet.mask(sheet.reasons == 0, _LOST)
            break
        sheet.train(slice(start, end), _inside(number, spans[number], runs_on, option))
    return sheet


def _token_spans(tokens: Tokens, spans: tuple[tuple[int, int], ...]) -> list[tuple[int, int, bool]]:
    """Half-open token spans, with whether each runs to the end of the row; a start of -1 is the last."""
    if not spans:
        return []
    characters = np.array(spans, dtype=np.int32)
    firsts = tokens.first_token_at(characters[:, 0]).tolist()
    # An empty block at the very start asks for character -1, which no token covers.
    lasts = tokens.first_token_at(characters[:, 1] - 1).tolist()
    found = []
    for first, last in zip(firsts, lasts, strict=True):
        runs_on = last <= 0
        found.append((first, len(tokens) if runs_on else last + 1, runs_on))
        if first < 0:
            break
    return found


def _inside(number: int, span: tuple[int, int], runs_on: bool, option: str) -> Reason:
    detail = {"block": number, "characters": list(span)}
    place = f"{{% generation %}} block {number + 1} of the template, characters {span[0]} to {span[1]}"
    if not runs_on:
        return Reason("generation-block", f"Trained: inside {place}{option}.", detail)
    sentence = (
        f"Trained: {place}, ends at token 0 or where no token stands, "
        "and transformers then trains everything to the end of the row."
    )
    return Reason("generation-block-to-end", sentence, detail)


STRATEGY = Strategy(
    name="generation-tags",
    title="Generation tags",
    meaning="Trains what the template encloses in {% generation %} blocks, exactly as transformers finds it.",
    framework="transformers",
    version="5.23.0",
    source="transformers 5.23.0, tokenization_utils_base.py, apply_chat_template",
    options=(MAX_LENGTH,),
    examples=examples,
)
