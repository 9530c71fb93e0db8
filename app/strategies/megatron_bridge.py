"""Megatron-Bridge's chat dataset: trains what the template marks, or else everything.

Source: megatron_bridge 0.3.1, `data/datasets/utils.py` (`_chat_preprocess`) and `sft.py`
(`GPTSFTChatDataset.collate_fn`).
Rule: with `{% generation %}` in the template, trained is transformers' mask; without, every
token. EOS is appended and trained unless the row ends with it. Inputs are all tokens but the
last and labels all but the first, each cut to `max_seq_length`: the first token is never
trained, and a cut row holds one more than `max_seq_length`. Where the cut leaves nothing to
train, everything is trained.
Reduction: the mean over each micro-batch, since Megatron-Core's `calculate_per_token_loss` is off
unless a recipe turns it on (`training/losses.py`, at commit 067f987d).
Covered: single rows, their truncation. Not covered: packed datasets, the text format that
`use_hf_tokenizer_chat_template: false` stands for, several rows in a batch, where a long
one makes the others be looked at as if they were cut too.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from ..core.example import MASKED, Example, Reason, Refusal
from ..core.provenance import Origin
from ..core.request import Choice
from ..core.tokens import Tokens
from . import generation_tags
from .base import Option, Options, Strategy
from .context import Context
from .joined import Piece, join, literal
from .no_tools import without_empty_tools
from .sheet import Sheet

_GENERATION = re.compile(r"\{%-?\s+generation\s+-?%\}")
_OUTSIDE = Reason("megatron-outside", "Masked: outside the {% generation %} blocks of the template.")
_INSIDE = Reason("megatron-inside", "Trained: inside a {% generation %} block of the template.")
_ALL = Reason(
    "megatron-all",
    "Trained: the template has no {% generation %} block, so everything is.",
)
_EOS = Reason("megatron-eos", "Trained: EOS, appended since the row does not end with it.")
_NOTHING_LEFT = Reason(
    "megatron-nothing-left",
    "Trained: `max_seq_length` cut off every trained token, and all that is left is then trained.",
)
_FIRST = Reason("megatron-first", "Masked: labels are the ids moved by one, which leaves the first out.")


def examples(context: Context, options: Options) -> list[Example]:
    """One example, trained as the template marks it.

    Raises:
        Refusal: `error`, for rows that Megatron-Bridge cannot read.
    """
    if not options["use_hf_tokenizer_chat_template"]:
        raise Refusal("error", _OLD_FORMAT)
    context = without_empty_tools(context)
    sheet = _sheet(context)
    trained, length = sheet.trained, options["max_seq_length"]
    if _is_cut(trained, length) and not trained[1 : length + 1].any():
        sheet.train(slice(None), _NOTHING_LEFT)
    sheet.mask(slice(0, 1), _FIRST)
    return [sheet.example().truncated(length + 1)]


_OLD_FORMAT = (
    "Without `use_hf_tokenizer_chat_template` Megatron-Bridge reads rows of `conversations` and "
    "`system` in a format of its own, and raises for `messages`."
)


def _sheet(context: Context) -> Sheet:
    """The whole row with its EOS, before the cut."""
    row, count = _row(context), len(context.tokens)
    sheet = Sheet(row.rendering, row.tokens, _OUTSIDE)
    sheet.train(np.flatnonzero(_marked(context)), _INSIDE if _has_marks(context) else _ALL)
    sheet.train(slice(count, None), _EOS)
    return sheet


def _row(context: Context) -> Piece:
    """The rendering's tokens, and EOS where they do not end with it; an EOS of id 0 counts as none there."""
    whole = Piece(context.rendering, context.tokens)
    eos, text = context.tokenizer.eos_id, context.tokenizer.special_tokens.get("eos_token", "")
    if eos and not len(context.tokens):
        raise Refusal("error", "The conversation has no tokens, and Megatron-Bridge asks for the last one.")
    if not eos or context.tokens.ids[-1] == eos:
        return whole
    last = len(context.conversation.messages) - 1
    alone = context.tokenizer.encode(text)
    if alone.ids.tolist() != [eos]:
        # Special tokens that the tokenizer cuts up in text: transformers appends the id all the same.
        alone = _single(eos, text)
    return join([whole, Piece(literal(text, Origin("variable", name="eos_token"), last), alone)])


def _single(token: int, text: str) -> Tokens:
    offsets = np.array([[0, len(text)]], dtype=np.int32)
    return Tokens(np.array([token], dtype=np.int32), offsets, [text], np.ones(1, dtype=np.bool_))


def _has_marks(context: Context) -> bool:
    return _GENERATION.search(context.source) is not None


def _marked(context: Context) -> NDArray[np.bool_]:
    """(n,) true where the rendering's own tokens are trained."""
    if not _has_marks(context):
        return np.ones(len(context.tokens), dtype=np.bool_)
    [tagged] = generation_tags.examples(context, {"max_length": None})
    marked: NDArray[np.bool_] = tagged.labels != MASKED
    return marked


def _is_cut(trained: NDArray[np.bool_], length: int) -> bool:
    """Whether the collator cuts: for the inputs, or for the context before the last trained stretch."""
    masked = np.flatnonzero(~trained)
    context_length = int(masked[-1]) + 1 if len(masked) else len(trained)
    return max(len(trained) - 1, context_length) > length


STRATEGY = Strategy(
    name="megatron-bridge",
    title="Megatron-Bridge",
    meaning="Trains the template's {% generation %} blocks, or everything where it has none.",
    framework="Megatron-Bridge",
    version="0.3.1",
    source="megatron_bridge 0.3.1, data/datasets/utils.py, _chat_preprocess",
    options=(
        Option(
            "answer_only_loss",
            "flag",
            True,
            "Without effect here: only packed datasets and those of questions and answers read it.",
            config="answer_only_loss: {value}",
        ),
        Option(
            "use_hf_tokenizer_chat_template",
            "flag",
            True,
            "Render with the chat template; the dataset's own default is false, which reads no `messages`.",
            config="use_hf_tokenizer_chat_template: {value}",
        ),
        Option(
            "max_seq_length",
            "integer",
            2048,
            "Cut inputs and labels to this many tokens each, on the right.",
            least=1,
            config="seq_length: {value}",
        ),
    ),
    examples=examples,
    reduction=Choice("micro-batch-mean"),
    known_differences=(
        "`use_hf_tokenizer_chat_template` is on here where nothing is given, and off in Megatron-Bridge, "
        "where rows of `messages` then raise.",
        "The loss is averaged in each micro-batch, as `calculate_per_token_loss: false` does, the default; "
        "many recipes turn it on, which is the reduction `token-mean`.",
    ),
)
