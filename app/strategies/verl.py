"""verl: every message is rendered and tokenized alone, and the pieces are put end to end.

Source: verl 0.9.1, `utils/dataset/multiturn_sft_dataset.py` and `utils/tokenizer/chat_template.py`.
Rule: dummy renders of one and of two empty user messages tell how many tokens the template's
own system prompt has, and how many the generation prompt. Each message is rendered alone, the
tools only with the first; from every message but the first, and but system messages, as many
tokens as the system prompt has are cut off. An assistant message is trained after as many
tokens as the generation prompt has; its end of turn and what follows are trained. The row must
equal the ids of the whole conversation, unless `ignore_input_ids_mismatch`; then it is trained
on although inference will see other text.
Quirks, kept: `enable_thinking_default` reaches the messages and not the dummy renders; a
template that refuses a message alone gets an empty user message before it, of a list of parts;
with `pad_mode: no_padding`, `truncation: left` cuts on the right.
Covered: text conversations, `apply_chat_template_kwargs` (the request's template arguments).
Not covered: padding, images and video, a column `enable_thinking`, and that a Parquet file
gives every message all keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.conversation import Conversation, Message
from ..core.example import Example, Reason, Refusal
from ..core.provenance import NO_MESSAGE
from ..errors import TemplateError
from .alone import refused, tokenized
from .base import Option, Options, Strategy
from .context import Context
from .joined import Piece, join, renumbered
from .sheet import Sheet

_EMPTY: Message = {"role": "user", "content": ""}
_DUMMY: Message = {"role": "user", "content": [{"type": "text", "text": ""}]}


def examples(context: Context, options: Options) -> list[Example]:
    """One example: the messages' own tokens, one after the other."""
    system, prompt = _probe(context)
    thinking = options["enable_thinking_default"]
    arguments = {} if thinking is None else {"enable_thinking": thinking}
    pieces = [
        _message(context, index, system, arguments) for index in range(len(context.conversation.messages))
    ]
    row = _checked(context, pieces, arguments, options["ignore_input_ids_mismatch"])
    return [_cut(_labelled(context.conversation, row, pieces, prompt), options)]


def _probe(context: Context) -> tuple[int, int]:
    """How many tokens the template's own system prompt and the generation prompt have."""
    once, twice = Conversation((_EMPTY,)), Conversation((_EMPTY, _EMPTY))
    with refused("verl renders one and then two empty user messages to measure the system prompt"):
        one = len(tokenized(context, once).tokens)
        two = len(tokenized(context, twice).tokens)
        prompted = len(tokenized(context, once, add_generation_prompt=True).tokens)
    system = len(range(one)[: -(two - one)])
    return system, max(prompted - one, 0)


def _message(context: Context, index: int, system: int, arguments: dict[str, Any]) -> Piece:
    """A message's tokens, without the system prompt that the template writes before each."""
    whole = context.conversation
    tools = whole.tools if index == 0 else None
    message = whole.messages[index]
    try:
        piece = tokenized(context, Conversation((message,), tools), **arguments)
        piece = Piece(renumbered(piece.rendering, [index]), piece.tokens)
    except TemplateError:
        piece = _after_dummy(context, index, tools, arguments)
    if index == 0 or whole.role(index) == "system":
        return piece
    return piece.without_first(system)


def _after_dummy(context: Context, index: int, tools: Any, arguments: dict[str, Any]) -> Piece:
    message = context.conversation.messages[index]
    with refused(f"verl renders message {index + 1} alone, and then after an empty user message"):
        dummy = len(tokenized(context, Conversation((_DUMMY,), tools), **arguments).tokens)
        piece = tokenized(context, Conversation((_DUMMY, message), tools), **arguments)
    return Piece(renumbered(piece.rendering, [NO_MESSAGE, index]), piece.tokens).without_first(dummy)


def _checked(context: Context, pieces: Sequence[Piece], arguments: dict[str, Any], ignore: bool) -> Piece:
    """The row: the conversation rendered whole where the ids agree, else the pieces."""
    whole = _whole(context, arguments)
    ids = np.concatenate([piece.tokens.ids for piece in pieces])
    if np.array_equal(ids, whole.tokens.ids):
        return whole
    if not ignore:
        raise Refusal(
            "error",
            "AssertionError: the messages rendered one by one give other tokens than the whole conversation "
            f"({len(ids)} against {len(whole.tokens)}), and `ignore_input_ids_mismatch` is not set.",
        )
    return join(pieces)


def _whole(context: Context, arguments: dict[str, Any]) -> Piece:
    conversation = context.conversation
    if arguments or conversation.extra or context.arguments.get("add_generation_prompt"):
        return tokenized(context, Conversation(conversation.messages, conversation.tools), **arguments)
    return Piece(context.rendering, context.tokens)


def _labelled(conversation: Conversation, row: Piece, pieces: Sequence[Piece], prompt: int) -> Example:
    sheet = Sheet(row.rendering, row.tokens, Reason("verl", "Masked: verl trains assistant messages only."))
    header = sheet.row(
        Reason(
            "verl-generation-prompt",
            f"Masked: among the first {prompt} tokens of an assistant message, as many as "
            "the generation prompt has.",
            {"tokens": prompt},
        ),
        0.0,
    )
    reply = sheet.row(
        Reason(
            "verl-assistant",
            f"Trained: in an assistant message, after its first {prompt} tokens.",
            {"tokens": prompt},
        ),
        1.0,
    )
    start = 0
    for index, piece in enumerate(pieces):
        end = start + len(piece.tokens)
        if conversation.role(index) == "assistant":
            sheet.put(slice(start, end), reply)
            sheet.put(slice(start, min(start + prompt, end)), header)
        start = end
    return sheet.example()


def _cut(example: Example, options: Options) -> Example:
    length, truncation = options["max_length"], options["truncation"]
    count = len(example.tokens)
    if count > length and truncation == "error":
        raise Refusal(
            "error",
            f"ValueError: the row has {count} tokens, `max_length` is {length}, and `truncation` is `error`.",
        )
    left = truncation == "left" and options["pad_mode"] == "right"
    return example.truncated(length, "left" if left else "right")


STRATEGY = Strategy(
    name="verl",
    title="verl MultiTurnSFTDataset",
    meaning="Renders each message alone, puts the tokens end to end, and trains the assistant's.",
    framework="verl",
    version="0.9.1",
    source="verl 0.9.1, verl/utils/dataset/multiturn_sft_dataset.py",
    options=(
        Option(
            "max_length",
            "integer",
            1024,
            "The longest row, in tokens.",
            least=1,
            config="data.max_length: {value}",
        ),
        Option(
            "truncation",
            "choice",
            "error",
            "What becomes of a longer row: it raises, or is cut on the left or right.",
            choices=("error", "left", "right"),
            config="data.truncation: {value}",
        ),
        Option(
            "pad_mode",
            "choice",
            "right",
            "Whether rows are padded; without padding, a longer row is always cut on the right.",
            choices=("right", "no_padding"),
            config="data.pad_mode: {value}",
        ),
        Option(
            "ignore_input_ids_mismatch",
            "flag",
            False,
            "Train on the pieces also where the whole conversation has other tokens.",
            config="data.ignore_input_ids_mismatch: {value}",
        ),
        Option(
            "enable_thinking_default",
            "flag",
            None,
            "The template's `enable_thinking`; not passed where null.",
            config="data.enable_thinking_default: {value}",
        ),
    ),
    examples=examples,
    known_differences=(
        "The trainer's own configuration says `pad_mode: no_padding` and `enable_thinking_default: none`, "
        "a text that verl takes for true; the defaults here are the data set's.",
        "Padding is not shown: no attention reaches it and it has no label.",
    ),
)
