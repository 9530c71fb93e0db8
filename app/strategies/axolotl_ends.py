"""The tokens that end a turn for Axolotl: those of `eot_tokens`, and the tokenizer's EOS.

Source: axolotl 0.19.0, prompt_strategies/chat_template.py. `eot_tokens` is the EOS token
where it is not set; a token that the source of the chat template does not contain is left
out with a warning, so with Gemma's template and the default no turn's end trains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.example import Refusal
from ..core.provenance import IntArray
from .context import Context
from .option import Options

REACH = 3
"""How far after a turn's words the token that ends it may stand."""

BEFORE_THE_ROW = -1
"""Where a turn ends whose words are not found."""


@dataclass(frozen=True, slots=True)
class End:
    """One kind of token that ends a turn, and the option that says which of them train."""

    option: str
    value: str | None
    ids: frozenset[int]

    def after(self, row: IntArray, stop: int) -> int | None:
        """The first such token of a row at or after `stop`, if it is within reach.

        As Axolotl's search does, one that begins before the row looks at the row's last
        token first, and gives up where that is an end.
        """
        hits = np.isin(row, list(self.ids))
        if stop == BEFORE_THE_ROW and hits[-1:].any():
            return None
        found = np.flatnonzero(hits[max(stop, 0) :])
        if not len(found):
            return None
        place = max(stop, 0) + int(found[0])
        return place if place - stop <= REACH else None


def ends_of(context: Context, options: Options) -> tuple[End, End]:
    """Both kinds, in the order in which Axolotl looks for them.

    Raises:
        Refusal: `error`, where an `eot_tokens` is not one token, or the options contradict each other.
    """
    eos, eot = options["train_on_eos"], options["train_on_eot"]
    if eot is None:
        eot = eos
    eos_ids = frozenset() if context.tokenizer.eos_id is None else frozenset({context.tokenizer.eos_id})
    return End("train_on_eot", eot, _eot_ids(context, options, eot != eos)), End("train_on_eos", eos, eos_ids)


def _eot_ids(context: Context, options: Options, differ: bool) -> frozenset[int]:
    eos, given = context.tokenizer.special_tokens.get("eos_token"), options["eot_tokens"]
    if given is None:
        given = [] if eos is None else [eos]
    ids = {token: context.tokenizer.encode(token).ids.tolist() for token in given}
    if given == [eos]:
        return frozenset(ids[given[0]]) if len(ids[given[0]]) == 1 else frozenset()
    kept = [token for token in given if token in context.source]
    for token in kept:
        if len(ids[token]) != 1:
            raise Refusal("error", f"`eot_tokens`: {token!r} is {len(ids[token])} tokens, and has to be one.")
    if eos in kept and differ:
        raise Refusal("error", "EOS is among `eot_tokens`, but `train_on_eot` and `train_on_eos` differ.")
    return frozenset(ids[token][0] for token in kept)
