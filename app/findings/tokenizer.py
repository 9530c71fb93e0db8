"""Rules on what the tokenizer makes of the text: BOS, unknown tokens, text that its tokens lack."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..core.provenance import IntArray
from ..core.spans import shared_prefix
from .base import Fields, Found, Rule
from .intent import config_line
from .mends import is_stock, message_line, request_line
from .spans import spans_of
from .subject import Subject, once
from .words import quoted
from .words import tokens as counted

_OPENERS = {
    "<|begin_of_text|>": "<|start_header_id|>",
    "<bos>": "<start_of_turn>",
    "<s>": "[INST]",
    "<\uff5cbegin\u2581of\u2581sentence\uff5c>": "<\uff5cUser\uff5c>",
}
"""BOS of model families whose stock templates begin with it, and a marker by which they are known."""

_PREFIX_SPACE = re.compile(r"against '\u2581")
"""A file that reads a space before each stretch of text, which AutoTokenizer leaves out on purpose."""

_LOST = "\N{REPLACEMENT CHARACTER}"


def _double_bos(subject: Subject) -> Iterator[Found]:
    bos = subject.context.tokenizer.bos_id
    if subject.first is None or bos is None:
        return
    ids = subject.first.example.tokens.ids
    if len(ids) > 1 and ids[0] == bos == ids[1]:
        text = subject.tokenizer.special_tokens.get("bos_token", "")
        yield Found(
            f"The row begins with {quoted(text)} twice (token {bos}); the model has only ever seen one.",
            ((0, 2),),
            config_line(subject, "add_bos", False) or "In the chat template, write it once:\n{{ bos_token }}",
        )


def _missing_bos(subject: Subject) -> Iterator[Found]:
    tokenizer = subject.context.tokenizer
    bos, text = tokenizer.bos_id, tokenizer.special_tokens.get("bos_token", "")
    if subject.first is None or bos is None or not len(subject.first.example.tokens):
        return
    if subject.first.example.cut_tokens or int(subject.first.example.tokens.ids[0]) == bos:
        return
    adds = tokenizer.adds_bos
    opener = _OPENERS.get(text)
    if not adds and (opener is None or opener not in subject.context.rendering.text):
        return
    why = (
        "the tokenizer puts it before plain text"
        if adds
        else f"models that use {quoted(opener or '')} expect it"
    )
    yield Found(
        f"The row does not begin with {quoted(text)} (token {bos}), although {why}.",
        ((0, 1),),
        "In the chat template, write it at the start:\n{{ bos_token }}",
        "note" if is_stock(subject) else None,
    )


def _loaders_disagree(subject: Subject) -> Iterator[Found]:
    if subject.tokenizer.differs_from_file is not None:
        yield Found(
            subject.tokenizer.differs_from_file,
            severity="note" if _PREFIX_SPACE.search(subject.tokenizer.differs_from_file) else None,
            fix="Load tokenizer.json as it is written, in training and in serving:\n"
            "PreTrainedTokenizerFast.from_pretrained(folder)",
        )
    elif subject.tokenizer.loader == "file":
        yield Found(
            "The ids are those of tokenizer.json as it is written; frameworks load AutoTokenizer, which may "
            "give others.",
            fix=request_line("tokenizer_loader", "auto"),
            severity="note",
        )


def _unknown(subject: Subject) -> Iterator[Found]:
    tokens, ids = subject.context.tokens, _unknown_ids(subject)
    hits = _among(tokens.ids, ids)
    if not len(hits):
        return
    first = tokens.offsets[int(hits[0])]
    text = subject.context.rendering.text[int(first[0]) : int(first[1])]
    piece = str(tokens.pieces[int(hits[0])])
    kept = hits[hits < len(subject.trained)] if subject.same_tokens else hits[:0]
    what = (
        f"the data itself holds {quoted(piece)}" if text == piece else f"the first stands for {quoted(text)}"
    )
    yield Found(
        f"{counted(len(hits))} of the text {'is' if len(hits) == 1 else 'are'} the unknown token "
        f"{quoted(piece)}: {what}.",
        spans_of(kept),
        message_line("content", f"replace({text!r}, '')")
        if text == piece
        else f"Take {quoted(text)} out of the data, or add it to the "
        f"vocabulary:\ntokenizer.add_tokens([{text!r}])",
    )


def _among(ids: IntArray, known: list[int]) -> NDArray[np.intp]:
    """The tokens that are any of a few."""
    hits = [np.flatnonzero(ids == one) for one in known]
    return np.sort(np.concatenate(hits)) if hits else np.zeros(0, dtype=np.intp)


@once
def _unknown_ids(subject: Subject) -> list[int]:
    special = subject.tokenizer.special_tokens
    name = special.get("unk_token", "<unk>")
    if name in {special.get(other) for other in ("bos_token", "eos_token", "pad_token")}:
        return []
    return [index for index, text in subject.context.tokenizer.added_tokens.items() if text == name]


def _not_restored(subject: Subject) -> Iterator[Found]:
    tokens, text = subject.context.tokens, subject.context.rendering.text
    if not len(tokens):
        return
    if _LOST in text:
        yield _already_lost(subject, text)
    if len(_among(tokens.ids, _unknown_ids(subject))) or _is_plain(subject, text):
        return
    back = _dense(subject.context.tokenizer.decode(tokens.ids))
    whole = _dense(text)
    if back == whole:
        return
    same = shared_prefix(back, whole)
    had, has = whole[max(same - 8, 0) : same + 12], back[max(same - 8, 0) : same + 12]
    form = "NFC" if unicodedata.normalize("NFC", whole) == back else "NFKC"
    is_form = unicodedata.normalize("NFKC", whole) == unicodedata.normalize("NFKC", back)
    yield Found(
        f"The tokens do not give the text back: {quoted(had)} becomes {quoted(has)}, since the tokenizer "
        f"{'composes characters' if is_form else 'rewrites the text'} first.",
        _uncovered(subject),
        "Normalize the data before it is rendered:\n"
        f'message["content"] = unicodedata.normalize("{form}", message["content"])',
        "note" if is_form else None,
    )


def _is_plain(subject: Subject, text: str) -> bool:
    """Whether nothing in the text could be rewritten; decoding a long row takes a tenth of its analysis."""
    tokenizer, offsets = subject.context.tokenizer, subject.context.tokens.offsets
    if not (text.isascii() or unicodedata.is_normalized("NFKC", text)):
        return False
    gaps = np.flatnonzero(offsets[:-1, 1] < offsets[1:, 0])
    stretches = zip(offsets[gaps, 1].tolist(), offsets[gaps + 1, 0].tolist(), strict=True)
    if any(text[start:end].strip() for start, end in stretches):
        return False
    return tokenizer.keeps_letters


def _already_lost(subject: Subject, text: str) -> Found:
    places = text.count(_LOST)
    start = text.index(_LOST)
    around = text[max(start - 12, 0) : start + 12]
    return Found(
        f"The text holds {places} replacement character{'s' if places > 1 else ''} (U+FFFD), as in "
        f"{quoted(around)}: what stood there was lost before the row was made.",
        _tokens_at(subject, start),
        "Read the data anew in their own encoding, or take out what is lost:\n"
        + message_line("content", r"replace('\ufffd', '')"),
    )


def _dense(text: str) -> str:
    """Without white space, which vocabularies move about."""
    return "".join(text.split())


def _tokens_at(subject: Subject, character: int) -> tuple[tuple[int, int], ...]:
    if not subject.same_tokens:
        return ()
    offsets = subject.context.tokens.offsets[: len(subject.trained)]
    return spans_of(np.flatnonzero((offsets[:, 0] <= character) & (character < offsets[:, 1])))


def _uncovered(subject: Subject) -> tuple[tuple[int, int], ...]:
    """The tokens right before characters that no token covers."""
    if not subject.same_tokens:
        return ()
    offsets = subject.context.tokens.offsets[: len(subject.trained)]
    return spans_of(np.flatnonzero(offsets[:-1, 1] < offsets[1:, 0]))


_ASKED = {"role": "user", "content": "give me a recipe to bake pancakes"}
_REPLY = {"role": "assistant", "content": "one takes a pan"}
_PLAIN: Fields = {"conversation": [_ASKED, _REPLY]}
_LLAMA = (
    "{%- for message in messages %}<|start_header_id|>{{ message.role }}<|end_header_id|>\n\n"
    "{{ message.content }}<|eot_id|>{%- endfor %}"
)

RULES: tuple[Rule, ...] = (
    Rule(
        "LM501",
        "warning",
        "BOS stands twice at the start of the row",
        "A template that writes BOS and a tokenizer that adds one give two. The model has never seen that, "
        "and "
        "every row starts off its distribution; at inference there is usually one.",
        _double_bos,
        {**_PLAIN, "chat_template": "{{ bos_token }}{{ bos_token }}" + _LLAMA},
        {"chat_template": "{{ bos_token }}" + _LLAMA},
        {**_PLAIN, "chat_template": "bundled:llama-3"},
        (
            "https://github.com/OpenRLHF/OpenRLHF/issues/393",
            "https://github.com/unslothai/unsloth/issues/2648",
        ),
    ),
    Rule(
        "LM502",
        "warning",
        "The row lacks the BOS that the model expects",
        "Chat rows are tokenized without special tokens, since the template is to write them. Where it does "
        "not "
        "write BOS and the model was trained with it, every row starts off its distribution. A template that "
        "came with the tokenizer may be meant that way, and gives a note.",
        _missing_bos,
        {**_PLAIN, "chat_template": _LLAMA},
        {"chat_template": "{{ bos_token }}" + _LLAMA},
        _PLAIN,
    ),
    Rule(
        "LM503",
        "warning",
        "AutoTokenizer and tokenizer.json may give different ids",
        "transformers rebuilds some tokenizers out of parts of tokenizer.json and leaves out others, such as "
        "its pre-tokenizer. The same text then has other ids in training than where the file is read as it "
        "is.",
        _loaders_disagree,
        {**_PLAIN, "tokenizer_loader": "file"},
        {"tokenizer_loader": "auto"},
        _PLAIN,
    ),
    Rule(
        "LM504",
        "warning",
        "The text holds unknown tokens",
        "An unknown token stands for text that the vocabulary cannot write; what it was is lost. Where the "
        "data "
        "itself holds the unknown token's text, it was decoded from such tokens before.",
        _unknown,
        {"conversation": [_ASKED, {"role": "assistant", "content": "one takes a <unk> and butter"}]},
        {"conversation": [_ASKED, {"role": "assistant", "content": "one takes a  and butter"}]},
        _PLAIN,
    ),
    Rule(
        "LM505",
        "warning",
        "The tokens do not give the text back",
        "A tokenizer may rewrite text before it splits it: compose accents, fold letters, drop characters. "
        "What "
        "it drops cannot be learnt. A replacement character in the text was lost even before that.",
        _not_restored,
        {"conversation": [_ASKED, {"role": "assistant", "content": "one takes cr\ufffdme"}]},
        {"conversation": [_ASKED, {"role": "assistant", "content": "one takes crme"}]},
        _PLAIN,
    ),
)
