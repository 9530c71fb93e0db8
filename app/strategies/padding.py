"""Padding as `DataCollatorForLanguageModeling(mlm=False)` sees it: every id equal to its own is masked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.example import Reason, Refusal
from ..tokenization.tokenizer import Tokenizer
from .base import Option

OWN = ""
PAD_TOKEN = Option(
    "pad_token",
    "text",
    OWN,
    "The padding token; empty: the tokenizer's own; null: none.",
    config="tokenizer.pad_token = {value}",
    nullable=True,
)


def pad_id(tokenizer: Tokenizer, pad_token: str | None) -> int:
    """The id that padding has.

    Raises:
        Refusal: `error`, where there is none and the collator cannot pad.
    """
    if pad_token is None or (pad_token == OWN and tokenizer.pad_id is None):
        raise Refusal("error", "The collator raises: it pads, and the tokenizer has no padding token.")
    if pad_token == OWN:
        assert tokenizer.pad_id is not None
        return tokenizer.pad_id
    found = _id_of(tokenizer, pad_token)
    if found is None:
        # A token that a tokenizer does not have is its unknown token to transformers.
        found = _id_of(tokenizer, tokenizer.special_tokens.get("unk_token", ""))
    if found is None:
        raise Refusal("error", f"`pad_token` {pad_token!r} is not one token of this tokenizer's vocabulary.")
    return found


def _id_of(tokenizer: Tokenizer, token: str) -> int | None:
    tokens = tokenizer.encode(token)
    return int(tokens.ids[0]) if len(tokens) == 1 and tokens.pieces[0] == token else None


def is_padding(ids: NDArray[np.int32], pad: int) -> NDArray[np.bool_]:
    """(n,) true where the collator takes an id for padding, whatever its place."""
    found: NDArray[np.bool_] = ids == pad
    return found


def padding_reason(pad: int, piece: str) -> Reason:
    """Why a token that the row itself holds is masked."""
    sentence = f"Masked: its id is that of `pad_token` ({piece}), and the collator masks every such id."
    return Reason("pad-token", sentence, {"pad_id": pad})
