"""How TRL's `SFTTrainer` prepares one row; shared by its three strategies.

Source: trl 1.16.0, `trainer/sft_trainer.py`, `SFTTrainer._prepare_dataset`, with what its
`__init__` decides beforehand. Labels are the ids where every mask that applies is 1: the
assistant mask of the template's generation blocks, and the completion mask. Then the row is cut
to `max_length`, and dropped where the cut leaves no label.
Covered: conversational rows. Not covered: rows of plain text, the only ones that TRL appends an
EOS to; images; packing and padding-free batches, which join rows.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..core.example import MASKED, Example, Reason, Refusal
from ..core.provenance import IntArray, Rendering
from ..core.tokens import Tokens
from ..errors import OptionError
from .base import Option, Options
from .context import Context
from .generation_tags import generation_sheet
from .sheet import Sheet
from .truncation import keep_end

VERSION = "1.16.0"
SOURCE = "trl 1.16.0, trainer/sft_trainer.py, SFTTrainer._prepare_dataset"
PACKING = "`packing` joins several rows into one; a single conversation shows the labels before that."

_GENERATION = re.compile(r"\{%-?\s*generation\s*-?%\}")
_ALL = Reason("trl-full", "Trained: without a mask that applies, TRL trains every token.")
_COMPLETION = Reason(
    "trl-completion",
    "Trained: in the completion, from where the tokens of prompt and whole row differ; "
    "`completion_only_loss`.",
)


def sft_options(*, assistant_only_loss: bool = False) -> tuple[Option, ...]:
    """The options of `SFTConfig` that decide labels."""
    return (
        Option(
            "assistant_only_loss",
            "flag",
            assistant_only_loss,
            "Train only what the template's generation blocks enclose.",
            config="assistant_only_loss={value},",
        ),
        Option(
            "completion_only_loss",
            "flag",
            None,
            "Train only the completion of a prompt-completion row; null: on for such rows.",
            config="completion_only_loss={value},",
        ),
        Option(
            "max_length",
            "integer",
            1024,
            "Cut every row to this many tokens; null: no cut.",
            least=1,
            config="max_length={value},",
            nullable=True,
        ),
        Option(
            "truncation_mode",
            "choice",
            "keep_start",
            "Which end of a row the cut keeps; keep_end is deprecated.",
            ("keep_start", "keep_end"),
            config="truncation_mode={value},",
        ),
        Option(
            "eos_token",
            "text",
            None,
            "The EOS that the template writes; null: the tokenizer's. Nothing is appended to messages.",
            config="eos_token={value},",
        ),
        Option("packing", "flag", False, "Join rows; only false is covered here.", config="packing={value},"),
    )


def has_generation_blocks(template: str) -> bool:
    """Whether TRL takes a template's generation blocks to be there."""
    return _GENERATION.search(template) is not None


def language_modelling(context: Context, options: Options) -> list[Example]:
    """A row of `messages`: all of it, or its assistant tokens."""
    _check(context, options)
    rendering, tokens = _rendered(context, options)
    return [_finished(_sheet(options, rendering, tokens, _ALL), options)]


def prompt_completion(context: Context, options: Options) -> list[Example]:
    """A row of `prompt` and `completion`: the last message is the completion."""
    _check(context, options)
    if not _splits(context):
        raise Refusal(
            "error",
            "A prompt-completion row is read out of a conversation as the messages before the last and "
            "an assistant message that ends it; this one has no such split.",
        )
    rendering, tokens = _rendered(context, options)
    if options["completion_only_loss"] is False:
        return [_finished(_sheet(options, rendering, tokens, _ALL), options)]
    sheet = _sheet(options, rendering, tokens, _COMPLETION)
    _mask_prompt(sheet, _prompt_ids(context, options), tokens.ids)
    return [_finished(sheet, options)]


def _check(context: Context, options: Options) -> None:
    if options["packing"]:
        raise OptionError(PACKING)
    eos_token = options["eos_token"]
    if eos_token is not None and list(context.tokenizer.encode(eos_token).pieces) != [eos_token]:
        raise Refusal("error", f"TRL raises: `eos_token` {eos_token!r} is not in the tokenizer's vocabulary.")
    if options["assistant_only_loss"] and not has_generation_blocks(context.source):
        raise Refusal(
            "error",
            "TRL raises: with `assistant_only_loss`, the chat template is neither marked with "
            "{% generation %} nor, character for character, one that TRL has a marked variant of.",
        )


def _splits(context: Context) -> bool:
    messages = context.conversation.messages
    return len(messages) > 1 and messages[-1].get("role") == "assistant"


def _given(options: Options) -> dict[str, Any]:
    return {} if options["eos_token"] is None else {"eos_token": options["eos_token"]}


def _rendered(context: Context, options: Options) -> tuple[Rendering, Tokens]:
    if not _given(options):
        return context.rendering, context.tokens
    rendering = context.rendered(**_given(options))
    return rendering, context.tokenizer.encode(rendering.text)


def _prompt_ids(context: Context, options: Options) -> IntArray:
    prompt = context.conversation.with_messages(context.conversation.messages[:-1])
    text = context.render(prompt, add_generation_prompt=True, **_given(options))
    return context.tokenizer.encode(text).ids


def _sheet(options: Options, rendering: Rendering, tokens: Tokens, everything: Reason) -> Sheet:
    """Assistant tokens where `assistant_only_loss` is on, else every token."""
    if not options["assistant_only_loss"]:
        sheet = Sheet(rendering, tokens, everything)
        sheet.train(slice(None), everything)
        return sheet
    sheet = generation_sheet(rendering, tokens, "; `assistant_only_loss`")
    if not sheet.trained.any():
        raise Refusal("error", "TRL raises: with `assistant_only_loss`, this row has no assistant token.")
    return sheet


def _mask_prompt(sheet: Sheet, prompt: IntArray, ids: IntArray) -> None:
    """Mask the tokens that the prompt and the whole row begin with in common."""
    count = min(len(prompt), len(ids))
    different = np.flatnonzero(prompt[:count] != ids[:count])
    shared = int(different[0]) if len(different) else count
    sentence = "Masked: in the prompt, rendered with its generation prompt; `completion_only_loss`."
    if shared < len(prompt):
        sentence = (
            f"Masked: before token {shared}, from which on the row no longer continues its prompt "
            f"({len(prompt)} tokens when rendered alone); `completion_only_loss`."
        )
    sheet.mask(slice(0, shared), Reason("trl-prompt", sentence, {"prompt_tokens": len(prompt)}))


def _finished(sheet: Sheet, options: Options) -> Example:
    """The row, cut; a cut that leaves no label drops it."""
    example, length = sheet.example(), options["max_length"]
    if length is None:
        return example
    if options["truncation_mode"] == "keep_end":
        example = keep_end(example, length)
    else:
        example = example.truncated(length)
    if not (example.labels != MASKED).any():
        raise Refusal("dropped", f"No token is left to train in the {length} tokens of `max_length`.")
    return example
