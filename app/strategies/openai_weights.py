"""OpenAI's fine-tuning API: an assistant message trains, or does not, by its `weight` of 1 or 0.

Source: OpenAI's API reference, fine-tuning, training files of the chat format: `weight` says
whether an assistant message is trained against; it is 0 or 1, and 1 where it is absent.
Rule here: an assistant turn of weight 1 trains from the end of what the generation prompt
supplies through the token that ends the turn; a turn of weight 0 does not train.
Covered: which messages train, and the weights that the API refuses.
Not covered: the service's own rendering and tokens, which are closed; the chosen template
stands for it. What trains at the edges of a turn is not documented either. Nor are other
checks of a training file covered, such as its size or the order of its roles.
"""

from __future__ import annotations

import numpy as np

from ..core.conversation import Message
from ..core.example import Example, Reason, Refusal
from ..core.parts import PART_ID
from .base import Options, Strategy
from .context import Context
from .sheet import Sheet
from .turns import NO_TOKEN, Turn

_OUTSIDE = Reason("openai-outside", "Masked: outside the words of assistant messages.")


def examples(context: Context, options: Options) -> list[Example]:
    """One example.

    Raises:
        Refusal: `error`, for a weight that the API does not take.
    """
    weights = [_weight(index, message) for index, message in enumerate(context.conversation.messages)]
    sheet = Sheet(context.rendering, context.tokens, _OUTSIDE)
    for turn in context.turns.turns:
        detail, name = {"message": turn.message}, f"message {turn.message + 1}"
        if turn.role != "assistant":
            why = f"Masked: {name} is not an assistant message."
            sheet.mask(slice(turn.start, turn.end), Reason("openai-role", why, detail))
        elif not weights[turn.message]:
            why = f"Masked: assistant {name} has `weight: 0`."
            sheet.mask(slice(turn.start, turn.end), Reason("openai-weight-0", why, detail))
        else:
            why = f"Masked: what the template writes around assistant {name}."
            sheet.mask(slice(turn.start, turn.end), Reason("openai-around", why, detail))
            why = f"Trained: assistant {name} has weight 1, through the token that ends its turn."
            sheet.train(_reply(context, turn), Reason("openai-weight-1", why, detail))
    return [sheet.example()]


def _weight(index: int, message: Message) -> int:
    weight = message.get("weight")
    if weight is None:
        return 1
    if message.get("role") != "assistant":
        raise Refusal("error", f"Message {index + 1} has a `weight`; only assistant messages take one.")
    if isinstance(weight, bool) or weight not in (0, 1):
        raise Refusal("error", f"The `weight` of message {index + 1} is {weight!r}; the API takes 0 or 1.")
    return int(weight)


def _reply(context: Context, turn: Turn) -> slice:
    """From the first token beyond the generation prompt through the one that ends the turn."""
    here = slice(turn.start, turn.end)
    begin = turn.start + int(context.turns.anchors[here].searchsorted(context.supplied_to(turn)))
    if turn.end_of_turn != NO_TOKEN:
        return slice(begin, turn.end_of_turn + 1)
    spoken = np.flatnonzero(context.turns.parts[here] != PART_ID["separator"])
    return slice(begin, turn.start + int(spoken[-1]) + 1 if len(spoken) else begin)


STRATEGY = Strategy(
    name="openai-weights",
    title="OpenAI fine-tuning API",
    meaning="The documented rule, assistant messages by `weight`, over the chosen template: "
    "the service's own rendering is closed.",
    framework="OpenAI API",
    version="fine-tuning, chat format",
    source="OpenAI API reference, fine-tuning, chat format of training files",
    options=(),
    examples=examples,
    known_differences=(
        "The service's rendering and tokenization are closed; text and tokens here are those of the chosen "
        "template and tokenizer.",
        "Which tokens at the edges of a turn train is not documented; here a turn trains from the end of the "
        "generation prompt through the token that ends it.",
    ),
)
