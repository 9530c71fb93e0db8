"""torchtune: a message trains whole, with its header and its end, or not at all.

Source: torchtune 0.6.1 for `Llama3Tokenizer` and `Qwen2_5Tokenizer`, main at commit bd2a0fc7 for
`HuggingFaceModelTokenizer`; `data/_messages.py`, `data/_utils.py` (`truncate`) and the tokenizers.
Rule: messages are taken by `OpenAIToMessages`, checked by `validate_messages`, and written by the
tokenizer's class. 0.6.1 trains the assistant's, or all with `train_on_input`; main as
`masking_strategy` says, never the system's. A row is cut to `max_seq_len`, and its last token then gives
way to EOS, which is masked.
Quirks, kept: with `max_seq_len` the last token is masked also in a row that is short enough;
a reply after a tool's result is refused by 0.6.1, a tool's result by main.
Covered: these three classes. Not covered: other models' tokenizers, prompt templates, images, packing.
"""

from __future__ import annotations

import numpy as np

from ..core.example import Example, Reason, Refusal
from ..core.provenance import NO_MESSAGE
from ..core.tokens import Tokens
from .base import Option, Options, Strategy
from .context import Context
from .families.text import Scribe
from .joined import join
from .sheet import Sheet
from .torchtune_hf import huggingface
from .torchtune_messages import (
    TRAIN_ON_ALL,
    TRAIN_ON_ASSISTANT,
    TRAIN_ON_LAST,
    masked_by_input,
    masked_by_strategy,
    turns_of,
    validate,
)
from .torchtune_model import MODELS, Row

_ANY_MODEL = "HuggingFaceModelTokenizer"
_CLASSES = (_ANY_MODEL, *MODELS)


def examples(context: Context, options: Options) -> list[Example]:
    """One example."""
    name = options["tokenizer_class"]
    if name not in _CLASSES:
        raise Refusal("error", f"{name} is not covered. Covered here are {', '.join(_CLASSES)}.")
    row = _any_model(context, options) if name == _ANY_MODEL else _one_model(context, options, name)
    return [_labelled(context, row, options)]


def _any_model(context: Context, options: Options) -> Row:
    given = context.conversation
    validate(given, ("user", "tool", "ipython"), takes_results=False)
    masked = masked_by_strategy([given.role(index) for index in range(len(given.messages))], options)
    return huggingface(context, turns_of(given.messages, masked), options["add_eos"])


def _one_model(context: Context, options: Options, name: str) -> Row:
    given = context.conversation
    validate(given, ("user",), takes_results=True)
    roles = [given.role(index) for index in range(len(given.messages))]
    masked = masked_by_input(roles, bool(options["train_on_input"]))
    scribe = Scribe(given, f"torchtune's {name}")
    return MODELS[name](context, scribe, turns_of(scribe.messages, masked), options["add_eos"])


def _labelled(context: Context, row: Row, options: Options) -> Example:
    whole = join([chunk.piece for chunk in row.chunks])
    length = options["max_seq_len"]
    # The other classes truncate only where there is a length, and then always.
    is_cut = length is not None or options["tokenizer_class"] == _ANY_MODEL
    ends = is_cut and (options["add_eos"] or options["tokenizer_class"] == _ANY_MODEL)
    tokens = whole.tokens.head(length)
    ended = _ended(context, tokens, row.eos) if ends else tokens
    sheet = Sheet(whole.rendering, ended, _OUTSIDE)
    _put(sheet, context, row)
    if is_cut and options["add_eos"]:
        sheet.mask(slice(len(ended) - 1, None), _LAST)
    elif ended is not tokens:
        _rename_last(sheet)
    return sheet.example(cut_tokens=len(whole.tokens) - len(tokens))


def _ended(context: Context, tokens: Tokens, eos: str) -> Tokens:
    """The tokens with EOS for the last."""
    number = int(context.tokenizer.encode(eos).ids[0])
    if not len(tokens) or int(tokens.ids[-1]) == number:
        return tokens
    ids, special = tokens.ids.copy(), tokens.special.copy()
    ids[-1], special[-1] = number, True
    return Tokens(ids, tokens.offsets, [*list(tokens.pieces)[:-1], eos], special)


def _put(sheet: Sheet, context: Context, row: Row) -> None:
    start = 0
    for chunk in row.chunks:
        stop = start + len(chunk.piece.tokens)
        if chunk.message == NO_MESSAGE:
            reason = _EOS_TRAINS if not chunk.masked else _OUTSIDE
        else:
            reason = _of_message(chunk.message, context.conversation.role(chunk.message), chunk.masked)
        sheet.put(slice(start, stop), sheet.row(reason, float(not chunk.masked)))
        start = stop


def _of_message(index: int, role: str, masked: bool) -> Reason:
    state = "Masked" if masked else "Trained"
    sentence = f"{state}: turn {index + 1} ({role}), with its header and its end."
    return Reason("torchtune-message", sentence, {"message": index, "role": role})


def _rename_last(sheet: Sheet) -> None:
    """Say of a last token that it is EOS in another's place; it keeps that one's mask."""
    where = np.array([len(sheet.tokens) - 1])
    if sheet.trained[-1]:
        sheet.train(where, Reason("torchtune-overwritten", "Trained: EOS, in place of the row's last token."))
    else:
        sheet.mask(where, Reason("torchtune-overwritten", "Masked: EOS, in place of the row's last token."))


_OUTSIDE = Reason("torchtune-outside", "Masked: the token that opens or ends the row, in no message's turn.")
_EOS_TRAINS = Reason("torchtune-eos", "Trained: EOS, which is added after the last message.")
_LAST = Reason("torchtune-last", "Masked: the last token of the row, which is EOS wherever the row was cut.")


STRATEGY = Strategy(
    name="torchtune",
    title="torchtune",
    meaning="Trains whole messages, header and end included, as the tokenizer's class writes them.",
    framework="torchtune",
    version="0.6.1; main bd2a0fc7 for HuggingFaceModelTokenizer",
    source="torchtune 0.6.1 and main bd2a0fc7, torchtune/data/_messages.py and the tokenizers",
    options=(
        Option(
            "tokenizer_class",
            "choice",
            _ANY_MODEL,
            "What writes and tokenizes the messages.",
            _CLASSES,
            config="tokenizer._component_: {value}",
            open=True,
        ),
        Option(
            "masking_strategy",
            "choice",
            TRAIN_ON_ASSISTANT,
            "Which messages train with HuggingFaceModelTokenizer; the system's never do.",
            (TRAIN_ON_ALL, TRAIN_ON_ASSISTANT, TRAIN_ON_LAST),
            config="dataset.masking_strategy: {value}",
        ),
        Option(
            "train_on_input",
            "flag",
            None,
            "Train every message with the models' own classes; else it stands for a masking strategy.",
            config="dataset.train_on_input: {value}",
        ),
        Option(
            "max_seq_len",
            "integer",
            None,
            "Cut every row to this many tokens, the last of them EOS.",
            least=1,
            config="tokenizer.max_seq_len: {value}",
        ),
        Option("add_eos", "flag", True, "End the row with EOS; Llama 3's class calls it `add_end_tokens`."),
        Option("entry", "choice", "tokenize_messages", "What is called.", ("tokenize_messages",)),
    ),
    examples=examples,
    renders_itself=True,
    own_format=True,
    known_differences=(
        "torchtune's own tokenizers read a model's vocabulary and have a fixed list of special tokens; here "
        "the tokenizer is the Hugging Face one, with the special tokens of its own.",
        "HuggingFaceModelTokenizer reads tokenizer.json as it is written, which is the loader `file` here, "
        "and its chat template in tokenizer_config.json alone.",
        "A part of a content whose text is null is refused here; torchtune takes it with "
        "HuggingFaceModelTokenizer, and with the others where `max_seq_len` is reached before it.",
        "Of the models' own tokenizers two are covered.",
    ),
)
