"""Per-token losses as pasted: numbers as trainers print them, or answers of servers, told apart by form.

Covered are arrays and objects that are JSON already, and text: JSON, one JSON value a line, what
Python prints of either, tensors, columns of numbers. Which token a value belongs to is decided
where the example is known, not here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import LossesError, Where
from . import python_literal
from .loss_answers import (
    UNKNOWN_FORM,
    looks_like_chat,
    looks_like_sglang,
    looks_like_vllm,
    read_answer,
    read_chat,
    read_sglang,
    read_vllm,
)
from .loss_text import read_numbers
from .places import Fault
from .scored import Kind, Scored, as_losses, number

MAX_DEPTH = 32
"""Lists within lists that are still taken apart."""

NAMES: Mapping[str, Kind] = {
    "loss": "loss",
    "losses": "loss",
    "per_token_loss": "loss",
    "per_token_losses": "loss",
    "token_loss": "loss",
    "token_losses": "loss",
    "nll": "loss",
    "nlls": "loss",
    "cross_entropy": "loss",
    "logp": "logprob",
    "logps": "logprob",
    "logprobs": "logprob",
    "log_prob": "logprob",
    "log_probs": "logprob",
    "per_token_logps": "logprob",
    "old_per_token_logps": "logprob",
    "ref_per_token_logps": "logprob",
    "old_log_probs": "logprob",
    "ref_log_prob": "logprob",
    "ref_log_probs": "logprob",
    "rollout_log_probs": "logprob",
}
"""What trainers call such arrays, TRL and verl among them."""


def parse_losses(value: object, kind: Kind | None = None) -> list[Scored]:
    """The rows of a pasted text, array or object; usually one, or one for each example.

    `kind` says what bare numbers are, where their sign or their name does not.

    >>> parse_losses("[-0.5, null, -1.25]")[0].losses
    array([0.5, nan, 1.25])

    Raises:
        LossesError: it cannot be read (with line and column of a text), or is ambiguous.
    """
    name, found = _opened(value) if isinstance(value, str) else (None, value)
    rows = _rows(found, kind or _kind_of(name), 0)
    if not rows or not all(map(len, rows)):
        raise LossesError("There are no numbers in what was pasted.")
    return rows


def _opened(text: str) -> tuple[str | None, Any]:
    """The value that a text writes, and the name before it."""
    if not text.strip():
        raise LossesError("There are no numbers in what was pasted.")
    try:
        return None, json.loads(text)
    except RecursionError:
        raise LossesError("The lists are nested too deep.") from None
    except ValueError as error:
        # Not a JSONDecodeError: an integer of more digits than Python converts.
        fault = error if isinstance(error, json.JSONDecodeError) else None
    if "{" not in text and '"' not in text:
        return read_numbers(text)
    return None, _printed(text, fault)


def _printed(text: str, fault: json.JSONDecodeError | None) -> Any:
    """What Python prints of an object, or a JSON value on each line."""
    try:
        found = python_literal.read(text)
    except Fault:
        found = None
    if found is not None:
        return found[0]
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        where = None if fault is None else Where(fault.lineno, fault.colno)
        said = "" if fault is None else f" ({fault.msg})"
        raise LossesError(f"This is neither numbers nor JSON{said}.", where=where) from None


def _rows(found: object, kind: Kind | None, depth: int) -> list[Scored]:
    if depth > MAX_DEPTH:
        raise LossesError("The lists are nested too deep.")
    if isinstance(found, Mapping):
        return read_answer(found) or _named(found, kind)
    if isinstance(found, int | float) and not isinstance(found, bool):
        found = [found]
    if not isinstance(found, list | tuple):
        raise LossesError(UNKNOWN_FORM)
    return _of_list(found, kind, depth)


def _of_list(found: Sequence[Any], kind: Kind | None, depth: int) -> list[Scored]:
    if looks_like_vllm(found):
        return [read_vllm(found)]
    if looks_like_chat(found):
        return [read_chat(found)]
    if looks_like_sglang(found):
        return [read_sglang({"input_token_logprobs": found})]
    nested = [isinstance(value, list | tuple | Mapping) for value in found]
    if not any(nested):
        return [Scored("numbers", as_losses([number(value, at) for at, value in enumerate(found)], kind))]
    if not all(nested):
        at = nested.index(not nested[0])
        raise LossesError(f"Numbers and lists are mixed: entry {at} is not of the kind of those before it.")
    return _nested(found, kind, depth)


def _nested(found: Sequence[Any], kind: Kind | None, depth: int) -> list[Scored]:
    """One row for each entry; a list of single numbers, as of tensors without a dimension, is one row."""
    if len(found) > 1 and all(isinstance(value, list | tuple) and len(value) == 1 for value in found):
        return _rows([value[0] for value in found], kind, depth + 1)
    return [row for value in found for row in _rows(value, kind, depth + 1)]


def _named(found: Mapping[str, Any], kind: Kind | None) -> list[Scored]:
    known = [name for name in found if _kind_of(name) and isinstance(found[name], list | tuple)]
    if not known:
        raise LossesError(UNKNOWN_FORM)
    if len(known) > 1:
        names = ", ".join(f"`{name}`" for name in known)
        raise LossesError(f"There are several arrays of losses: {names}. Paste one.", code="losses-ambiguous")
    return _rows(found[known[0]], kind or _kind_of(known[0]), 1)


def _kind_of(name: object) -> Kind | None:
    """What an array of this name holds; a path such as `train/loss` counts by its end."""
    if not isinstance(name, str):
        return None
    return NAMES.get(name.rsplit("/", 1)[-1].rsplit(".", 1)[-1].lower())
