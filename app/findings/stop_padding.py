"""Ends of turns that the collator takes for padding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..strategies.turns import NO_TOKEN
from .base import Found
from .intent import config_line
from .replies import replies
from .spans import spans_of
from .stop_options import reason_of
from .subject import Subject
from .words import quoted, turns_named


def find_padding(subject: Subject) -> Iterator[Found]:
    """LM204."""
    if subject.first is None or "pad_token" not in subject.options:
        return
    rows = [
        reply
        for reply in replies(subject)
        if reply.stop != NO_TOKEN
        and not subject.trained[reply.stop]
        and reason_of(subject, reply.stop) == "pad-token"
    ]
    if not rows:
        return
    named, piece = (
        turns_named([row.number for row in rows]),
        subject.text_of(rows[0].stop, rows[0].stop + 1).strip(),
    )
    sentence = (
        f"{quoted(piece)} is the padding token, so the collator masks it where it ends {named}, and the "
        "model never learns to stop."
    )
    spare = spare_token(subject)
    yield Found(
        sentence, spans_of(np.array([row.stop for row in rows])), config_line(subject, "pad_token", spare)
    )


def spare_token(subject: Subject) -> str:
    """A token that could pad: one of the vocabulary's that this row does not hold, and no message would."""
    tokenizer, used = subject.context.tokenizer, set(subject.context.tokens.ids.tolist())
    spare = [
        text
        for token, text in tokenizer.added_tokens.items()
        if token not in used and token != tokenizer.eos_id
    ]
    ranked = sorted(
        spare, key=lambda text: next((rank for rank, word in enumerate(_PADS) if word in text.lower()), 9)
    )
    return ranked[0] if ranked else "<|pad|>"


_PADS = ("pad", "reserved", "unused", "extra", "endoftext", "unk")
