"""Answers of servers that hold log-probabilities, as JSON values, each read into a row.

Read were vLLM in 2026 (`entrypoints/openai/completion/protocol.py` at commit 002032ee and `serving.py`
at 030ea52e) and SGLang at commit 001067ff of 2026 (`srt/managers/tokenizer_manager.py`):

- vLLM's `prompt_logprobs`, of each choice or of a chat's whole answer: a list as long as the prompt,
  null first, then by position an object from token id (as text) to `logprob`, `rank` (1 is the
  likeliest) and `decoded_token`. The prompt's own token comes first, then the likeliest. Earlier
  versions give the log-probability alone in place of that object.
- SGLang's `meta_info.input_token_logprobs`: by position `[logprob, id, text]`, the first one's
  logprob null, text null unless asked for; `input_top_logprobs` has a list of such, null first.
- OpenAI's completion: `logprobs` with `tokens` and `token_logprobs`; of the prompt too with `echo`.
- OpenAI's chat: `logprobs.content`, a list of `token` and `logprob`, of the reply alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import LossesError
from .scored import FLOOR, Entry, Form, Scored, logprob, quoted

MOST_IDS = 2**31
"""Ids and ranks are below it."""

_SURROGATE = re.compile("[\ud800-\udfff]")

UNKNOWN_FORM = (
    "This is no form of losses that is known here. Known are a list of numbers, and what servers answer: "
    "`prompt_logprobs` (vLLM), `meta_info.input_token_logprobs` (SGLang), `logprobs.token_logprobs` and "
    "`logprobs.content` (OpenAI)."
)


def read_answer(answer: Mapping[str, Any]) -> list[Scored]:
    """The rows of a server's answer, or of the part of it that was pasted; empty where it is none.

    Raises:
        LossesError: it is one, and a value in it is not what it should be.
    """
    if isinstance(found := answer.get("prompt_logprobs"), list):
        return [read_vllm(found)]
    if isinstance(answer.get("input_token_logprobs"), list):
        return [read_sglang(answer)]
    if isinstance(found := answer.get("token_logprobs"), list):
        return [_completion(found, answer.get("tokens"))]
    if isinstance(found := answer.get("content"), list):
        return [read_chat(found)]
    if isinstance(found := answer.get("choices"), list):
        return [row for choice in found if isinstance(choice, Mapping) for row in read_answer(choice)]
    inner = answer.get("meta_info") or answer.get("logprobs")
    return read_answer(inner) if isinstance(inner, Mapping) else []


def looks_like_vllm(values: Sequence[Any]) -> bool:
    """Whether a list is `prompt_logprobs`: objects with token ids as keys, and null first."""
    return any(map(_is_by_id, values)) and all(value is None or _is_by_id(value) for value in values)


def looks_like_sglang(values: Sequence[Any]) -> bool:
    """Whether a list is `input_token_logprobs`: triples of a number, an id, and text or null."""
    return bool(values) and all(
        isinstance(value, list | tuple)
        and len(value) == 3
        and isinstance(value[1], int)
        and (value[2] is None or isinstance(value[2], str))
        for value in values
    )


def looks_like_chat(values: Sequence[Any]) -> bool:
    """Whether a list is `logprobs.content`."""
    return bool(values) and all(
        isinstance(value, Mapping) and "logprob" in value and "token" in value for value in values
    )


def read_vllm(values: Sequence[Any]) -> Scored:
    """A row of `prompt_logprobs`.

    Raises:
        LossesError: a null or an empty object after the first position, or no finite log-probability.
    """
    entries: list[Mapping[int, Entry]] = []
    for position, value in enumerate(values):
        if value is None and position == 0:
            entries.append({})
            continue
        if not _is_by_id(value):
            given = "nothing (null)" if value is None else quoted(value)
            raise LossesError(f"Position {position} of `prompt_logprobs` has {given} in place of tokens.")
        entries.append(_by_id(value, position))
    return _row("vllm", [next(iter(found), None) for found in entries], entries)


def read_sglang(meta: Mapping[str, Any]) -> Scored:
    """A row of `input_token_logprobs`, and of `input_top_logprobs` where that is beside it.

    Raises:
        LossesError: a null after the first position, or no finite log-probability.
    """
    own, top = meta["input_token_logprobs"], meta.get("input_top_logprobs")
    others = top if isinstance(top, list) and len(top) == len(own) else [None] * len(own)
    ids: list[int | None] = []
    entries: list[Mapping[int, Entry]] = []
    for position, (triple, likeliest) in enumerate(zip(own, others, strict=True)):
        token, entry = _triple(triple, position)
        ids.append(token)
        entries.append(_with_ranks(token, entry, likeliest))
    texts = tuple(_text(triple[2]) if len(triple) > 2 else None for triple in own)
    row = _row("sglang", ids, entries)
    return Scored(row.form, row.losses, row.ids, texts, row.entries)


def read_chat(content: Sequence[Any]) -> Scored:
    """A row of `logprobs.content`.

    Raises:
        LossesError: an entry is no token with its log-probability.
    """
    for position, value in enumerate(content):
        if not isinstance(value, Mapping) or "logprob" not in value:
            raise LossesError(f"Position {position} of `logprobs.content` has no `logprob`.")
    losses = [0.0 - logprob(value["logprob"], position) for position, value in enumerate(content)]
    return Scored("chat", np.array(losses), texts=tuple(_text(value.get("token")) for value in content))


def _completion(values: Sequence[Any], tokens: object) -> Scored:
    losses = [
        math.nan if value is None and position == 0 else 0.0 - logprob(value, position)
        for position, value in enumerate(values)
    ]
    if not isinstance(tokens, list):
        return Scored("completion", np.array(losses))
    if len(tokens) != len(values):
        raise LossesError(f"There are {len(values)} `token_logprobs` for {len(tokens)} `tokens`.")
    return Scored("completion", np.array(losses), texts=tuple(map(_text, tokens)))


def _row(form: Form, ids: Sequence[int | None], entries: Sequence[Mapping[int, Entry]]) -> Scored:
    own = [None if token is None else found.get(token) for token, found in zip(ids, entries, strict=True)]
    losses = np.array([math.nan if entry is None else entry.loss for entry in own])
    texts = tuple(None if entry is None else entry.text for entry in own)
    return Scored(form, losses, tuple(ids), texts, tuple(entries))


def _is_by_id(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(str(key).isdecimal() for key in value)


def _by_id(found: Mapping[Any, Any], position: int) -> Mapping[int, Entry]:
    """By token id; of others than the first, those without a finite log-probability are left out."""
    entries = {}
    for order, (token, value) in enumerate(found.items()):
        entry = value if isinstance(value, Mapping) else {"logprob": value}
        if order and not _is_finite(entry.get("logprob")):
            continue
        entries[_id(token, position)] = Entry(
            logprob(entry.get("logprob"), position),
            _rank(entry.get("rank")),
            _text(entry.get("decoded_token")),
        )
    return entries


def _triple(triple: object, position: int) -> tuple[int, Entry | None]:
    if not isinstance(triple, list | tuple) or len(triple) < 2:
        raise LossesError(f"Position {position} of `input_token_logprobs` has {quoted(triple)}, no triple.")
    token = _id(triple[1], position)
    if triple[0] is None and position == 0:
        return token, None
    return token, Entry(logprob(triple[0], position), None, _text(triple[2]) if len(triple) > 2 else None)


def _with_ranks(own: int, entry: Entry | None, likeliest: object) -> Mapping[int, Entry]:
    """The row's own token and the likeliest, which SGLang gives in order; its own rank is theirs."""
    found = likeliest if isinstance(likeliest, list | tuple) else ()
    top = {
        other[1]: Entry(min(float(other[0]), 0.0), order + 1, _text(other[2]))
        for order, other in enumerate(found)
        if looks_like_sglang([other]) and _is_finite(other[0])
    }
    if entry is None:
        return top
    rank = top[own].rank if own in top else None
    return {**top, own: entry._replace(rank=rank)}


def _id(value: object, position: int) -> int:
    digits = value if isinstance(value, str) else quoted(value)
    if not digits.isdecimal() or len(digits) > 10 or int(digits) >= MOST_IDS:
        raise LossesError(f"Position {position} has {quoted(value)} in place of a token id.")
    return int(digits)


def _rank(value: object) -> int | None:
    is_rank = isinstance(value, int) and not isinstance(value, bool) and 0 < value < MOST_IDS
    return value if is_rank else None  # type: ignore[return-value]


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and FLOOR < value <= 1


def _text(value: object) -> str | None:
    # JSON can escape half of a surrogate pair, which no answer could be sent on with.
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else None
