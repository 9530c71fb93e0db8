"""One row of losses as it was pasted or answered, before it is laid onto an example's tokens.

Servers and trainers count in nats, and so is everything read here; another base of the
logarithm cannot be told from the numbers and is not assumed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from ...errors import LossesError
from ..example import MASKED, FloatArray

Kind: TypeAlias = Literal["loss", "logprob"]
Form: TypeAlias = Literal["numbers", "vllm", "sglang", "completion", "chat"]

FLOOR = -9999.0
"""What vLLM and OpenAI write for a log-probability of minus infinity, which JSON does not have."""

SIGN_NOISE = 1e-6
"""A value this close to 0 says nothing about the sign of the others."""

ROUNDING = 0.25
"""A probability just above 1 comes of 16-bit arithmetic; where the kind is named it counts as 1."""

_BLANK = frozenset({"nan", "null", "none", ""})
_SHOWN = 60


class Entry(NamedTuple):
    """What a server says of one token at one position; a rank of 1 is the likeliest."""

    logprob: float
    rank: int | None = None
    text: str | None = None

    @property
    def loss(self) -> float:
        """In nats; never minus 0."""
        return 0.0 - self.logprob


@dataclass(frozen=True, slots=True)
class Scored:
    """One row in the order it was written, m values long. `ids` and the rest are empty where unknown."""

    form: Form
    losses: FloatArray
    """(m,) in nats, NaN where the row has a blank."""
    ids: tuple[int | None, ...] = ()
    """The tokens that the values are about, as the server or trainer numbers them."""
    texts: tuple[str | None, ...] = ()
    entries: tuple[Mapping[int, Entry], ...] = ()
    """By position, what is known of each token: that of the row and the likeliest."""

    def __len__(self) -> int:
        return len(self.losses)

    def part(self, start: int, stop: int) -> Scored:
        """A stretch of the row."""
        kept = slice(start, stop)
        return Scored(self.form, self.losses[kept], self.ids[kept], self.texts[kept], self.entries[kept])


def number(value: object, position: int) -> float:
    """A value of a pasted array: NaN for null, NaN and -100, which trainers write for a masked token.

    Raises:
        LossesError: it is infinite, or no number.
    """
    if value is None or (isinstance(value, str) and value.strip().lower() in _BLANK):
        return math.nan
    found = _real(value, position)
    if math.isinf(found):
        raise LossesError(
            f"Position {position} has {quoted(value)}: the model gives that token the probability 0, "
            "so its loss is not finite."
        )
    return math.nan if found == MASKED else found


def logprob(value: object, position: int) -> float:
    """A log-probability that a server gives, which is finite and not above 0.

    Raises:
        LossesError: it is not.
    """
    if value is None:
        raise LossesError(
            f"Position {position} has no log-probability (null). Only the first token has none; elsewhere "
            "it means that the server left it out, or that the probability is 0."
        )
    found = _real(value, position)
    if math.isnan(found):
        raise LossesError(f"Position {position} has the log-probability NaN: the model's output is broken.")
    if found <= FLOOR:
        raise LossesError(
            f"Position {position} has the log-probability {found:g}: the model gives that token the "
            "probability 0, so its loss is not finite."
        )
    if found > ROUNDING:
        raise LossesError(f"Position {position} has the log-probability {found:g}, which is above 0.")
    return min(found, 0.0)


def as_losses(values: Sequence[float], kind: Kind | None) -> FloatArray:
    """Values as losses: as they are, or negated where they are log-probabilities.

    Raises:
        LossesError: `losses-ambiguous`, where no kind is named and the signs do not tell it.
    """
    column: FloatArray = np.asarray(values, dtype=np.float64)
    signed = -column if (kind or _told_by_sign(column)) == "logprob" else column
    below = np.flatnonzero(signed < -ROUNDING)
    if len(below):
        position, name = int(below[0]), "loss" if kind == "loss" else "log-probability"
        side = "below" if kind == "loss" else "above"
        raise LossesError(f"Position {position} has the {name} {column[position]:g}, which is {side} 0.")
    # Plus 0, so that a log-probability of 0 does not become a loss of minus 0.
    found: FloatArray = np.maximum(signed, 0.0) + 0.0
    return found


def quoted(value: Any) -> str:
    """A value as a sentence shows it: as Python writes it, cut short.

    >>> quoted("a\\n")
    "'a\\\\n'"
    """
    shown = repr(value[:_SHOWN]) if isinstance(value, str) else _written(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def _told_by_sign(column: FloatArray) -> Kind:
    positive, negative = bool((column > SIGN_NOISE).any()), bool((column < -SIGN_NOISE).any())
    if positive and negative:
        raise LossesError(
            "Some of the numbers are above 0 and some below. Losses are not below 0, log-probabilities are "
            "not above it: choose which they are (`kind`: `loss` or `logprob`).",
            code="losses-ambiguous",
        )
    return "logprob" if negative else "loss"


def _real(value: object, position: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise LossesError(f"Position {position} has {quoted(value)}, which is no number.")
    try:
        return float(value)
    except OverflowError:
        return math.inf if int(value) > 0 else -math.inf
    except ValueError:
        raise LossesError(f"Position {position} has {quoted(value)}, which is no number.") from None


def _written(value: object) -> str:
    if isinstance(value, list | dict | tuple):
        return "a list" if not isinstance(value, dict) else "an object"
    if isinstance(value, int) and not -(10**20) < value < 10**20:
        return "a number of more than 20 digits"
    return repr(value)
