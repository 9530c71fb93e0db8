"""LLaMA-Factory's supervised fine-tuning: its own formats, pairs of prompt and reply, truncated by turn.

Source: llamafactory 0.9.5, `data/processor/supervised.py`, `data/template.py`, `data/converter.py`.
Rule: each slot of a format is tokenized alone, so no token spans a prompt and its reply. Prompts are
masked, replies are trained with what ends them, the newline after it included.
Labels that differ: a format with `efficient_eos` writes no end of turn; the first token of the next
prompt has EOS as its label, and one EOS ends the row. Under `mask_history` earlier turns keep
this label, a quirk of the source.
Truncation: turn by turn, from the first, or from the last under `mask_history`. A pair that does not
fit is cut in both halves, in proportion; pairs after it are left out.
Dropped: rows whose prompts and replies do not alternate, or that do not end with a reply.
Covered: the formats in `llama_factory_formats`, or without `template` the one that LLaMA-Factory
parses out of the chat template; `formatting` sharegpt and openai with the tags of OpenAI's messages.
Not covered: packing, `tool_format`, images and audio, the v1 tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ..core.example import Example, Reason, Refusal
from ..tokenization.tokenizer import Tokenizer
from .base import Options, Strategy
from .context import Context
from .families.text import Scribe
from .joined import Piece, join
from .llama_factory_formats import FORMATS, Format
from .llama_factory_options import OPTIONS
from .llama_factory_parse import parsed_format
from .llama_factory_rows import read
from .llama_factory_write import Pair, Writer
from .sheet import Sheet


def examples(context: Context, options: Options) -> list[Example]:
    """One example, in LLaMA-Factory's own format.

    Raises:
        Refusal: as LLaMA-Factory drops the row or raises.
    """
    chosen = _format(context, options)
    name = options["template"] or "of the chat template"
    scribe = Scribe(context.conversation, f"LLaMA-Factory's format {name}")
    row = read(scribe, options["formatting"])
    drops = options["mask_history"] and not options["preserve_thinking"]
    writer = Writer(
        scribe,
        chosen,
        _fixed(context.tokenizer, chosen),
        lambda: _today(context),
        options["enable_thinking"],
        drops,
    )
    return [_labelled(writer, writer.pairs(row), options)]


def _format(context: Context, options: Options) -> Format:
    """The format, checked against the options."""
    name = options["template"]
    if options["mask_history"] and options["train_on_prompt"]:
        raise Refusal("error", "`mask_history` is incompatible with `train_on_prompt`.")
    if name is not None and name not in FORMATS:
        known = ", ".join(FORMATS)
        raise Refusal("error", f"The format {name!r} is not covered here; covered are: {known}.")
    found = parsed_format(context) if name is None else FORMATS[name]
    if options["default_system"] is not None:
        found = replace(found, default_system=options["default_system"])
    if found.efficient_eos and options["train_on_prompt"]:
        raise Refusal("error", f"The format {name} does not support `train_on_prompt`.")
    return found


def _fixed(tokenizer: Tokenizer, chosen: Format) -> Tokenizer:
    """The tokenizer with the format's stop words as special tokens, and perhaps another EOS."""
    words = list(chosen.stop_words)
    eos = tokenizer.special_tokens.get("eos_token")
    if chosen.replaces_eos and words:
        first = words.pop(0)
        tokenizer = tokenizer if eos == first else tokenizer.with_special((), first)
    elif tokenizer.eos_id is None:
        tokenizer = tokenizer.with_special((), "<|endoftext|>")
    return tokenizer.with_special(words) if words else tokenizer


def _today(context: Context) -> str:
    return context.rendered("{{ strftime_now('%d %b %Y') }}").text


def _labelled(writer: Writer, pairs: Sequence[Pair], options: Options) -> Example:
    """The pairs that fit, in order, with their labels."""
    kept = _kept(pairs, options["cutoff_len"] - writer.chosen.efficient_eos, options["mask_history"])
    final = writer.scribe.special("eos_token", writer.tokenizer) if writer.chosen.efficient_eos else None
    pieces = [piece for pair in kept for piece in pair.pieces] + ([final] if final else [])
    row = join(pieces)
    sheet = Sheet(row.rendering, row.tokens, _PROMPT)
    ends = _label_pairs(sheet, kept, writer.chosen.efficient_eos, options)
    if final:
        sheet.train(slice(-1, None), _FINAL)
    cut = sum(_length(pair) for pair in pairs) - sum(pair.source + pair.target for pair in kept)
    return _with_ends(sheet.example(cut), ends, writer.tokenizer.eos_id)


class _Kept(NamedTuple):
    """A pair cut to size: its pieces, and how many tokens of the prompt and of the reply are left.

    `place` counts from the pair that was fitted first.
    """

    pieces: list[Piece]
    source: int
    target: int
    message: int
    place: int


def _kept(pairs: Sequence[Pair], budget: int, from_last: bool) -> list[_Kept]:
    kept: list[_Kept] = []
    for place, pair in enumerate(reversed(pairs) if from_last else pairs):
        if budget <= 0:
            break
        kept.append(_fitted(pair, place, budget))
        budget -= kept[-1].source + kept[-1].target
    return kept[::-1] if from_last else kept


def _label_pairs(sheet: Sheet, kept: Sequence[_Kept], efficient: bool, options: Options) -> list[int]:
    """Label every pair; gives the positions whose label is to be EOS."""
    ends, start = [], 0
    for pair in kept:
        middle = start + pair.source
        end = middle + pair.target
        if options["train_on_prompt"]:
            sheet.train(slice(start, middle), _TRAINED_PROMPT)
        elif efficient and pair.place:
            if not pair.source:
                raise Refusal("error", "An empty prompt gets one label more than it has tokens.")
            ends.append(start)
            sheet.train(slice(start, start + 1), _END)
        if options["mask_history"] and pair.place:
            sheet.mask(slice(middle, end), _HISTORY)
        else:
            sheet.train(slice(middle, end), _reply(pair.message))
        start = end
    return ends


def _with_ends(example: Example, ends: Sequence[int], eos_id: int | None) -> Example:
    if not ends or eos_id is None:
        return example
    labels = example.labels.copy()
    labels[list(ends)] = eos_id
    return replace(example, labels=labels)


def _fitted(pair: Pair, place: int, budget: int) -> _Kept:
    source, target = _count(pair.source), _count(pair.target)
    if target * 2 < budget:
        most = budget
    elif source * 2 < budget:
        most = budget - source
    else:
        most = int(budget * (target / (source + target)))
    kept = min(most, target)
    left = min(max(budget - kept, 0), source)
    return _Kept(_first(pair.source, left) + _first(pair.target, kept), left, kept, pair.message, place)


def _first(pieces: Sequence[Piece], count: int) -> list[Piece]:
    """The first `count` tokens."""
    found = []
    for piece in pieces:
        if count <= 0:
            break
        found.append(piece.first(count))
        count -= len(piece.tokens)
    return found


def _count(pieces: Sequence[Piece]) -> int:
    return sum(len(piece.tokens) for piece in pieces)


def _length(pair: Pair) -> int:
    return _count(pair.source) + _count(pair.target)


def _reply(message: int) -> Reason:
    sentence = f"Trained: the reply of turn {message + 1}, with what the format writes to end it."
    return Reason("llama-factory-reply", sentence, {"message": message})


_PROMPT = Reason("llama-factory-prompt", "Masked: in the prompt, up to where the format begins the reply.")
_TRAINED_PROMPT = Reason("llama-factory-prompt", "Trained: in the prompt, `train_on_prompt: true`.")
_HISTORY = Reason("llama-factory-history", "Masked: an earlier reply, `mask_history: true`.")
_END = Reason(
    "llama-factory-efficient-eos",
    "Trained, with EOS as its label: the format writes no end of turn, so the first token of the next prompt "
    "has the label EOS (`efficient_eos`).",
)
_FINAL = Reason("llama-factory-final-eos", "Trained: the EOS that a format with `efficient_eos` ends with.")

STRATEGY = Strategy(
    name="llama-factory",
    title="LLaMA-Factory",
    meaning="Writes turns in formats of its own, and trains each reply with what ends it.",
    framework="LLaMA-Factory",
    version="0.9.5",
    source="llamafactory 0.9.5, llamafactory/data/processor/supervised.py, llamafactory/data/template.py",
    options=OPTIONS,
    examples=examples,
    known_differences=(
        "Formats of models that see or hear, and formats whose tool calls are written otherwise than those "
        "listed, are not covered.",
        "`sharegpt` reads an OpenAI reply with tool calls as a message of role `function_call`.",
        "`llama4` and `mistral_small` are written as for text alone; LLaMA-Factory raises without their "
        "processor.",
        "An empty `default_system` counts as none; LLaMA-Factory takes it for a row without a system prompt.",
    ),
    renders_itself=True,
    own_format=True,
)
