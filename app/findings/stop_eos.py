"""Turns that do not end with EOS: only EOS trained, generation that waits for it, no end at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..strategies.turns import NO_TOKEN
from .base import Found
from .intent import config_line
from .replies import Reply, learned, tail_of
from .spans import spans_of
from .stop_options import is_switched_off, stands_for_eos
from .subject import Subject
from .words import quoted, turns_named


def find_only_eos(subject: Subject) -> Iterator[Found]:
    """LM202."""
    eos = _eos(subject)
    if subject.strategy.name != "axolotl" or subject.options["eot_tokens"] is not None or eos is None:
        return
    stops = [reply for reply in learned(subject) if reply.stop != NO_TOKEN]
    masked = [
        reply
        for reply in stops
        if not subject.trained[reply.stop]
        and not is_switched_off(subject, reply, stops[-1])
        and not stands_for_eos(subject, reply, stops[-1])
        and _piece(subject, reply) != eos
    ]
    if not masked:
        return
    piece, where = _piece(subject, masked[0]), "ends no turn" if _occurs(subject, eos) else "never occurs"
    are = "ends" if len(masked) == 1 else "end"
    sentence = (
        f"`eot_tokens` is not set, so Axolotl trains EOS only, and {quoted(eos)} {where} here; "
        f"{turns_named([reply.number for reply in masked])} {are} with {quoted(piece)}."
    )
    spans = spans_of(np.array([reply.stop for reply in masked]))
    yield Found(sentence, spans, config_line(subject, "eot_tokens", [piece]))


def find_other_eos(subject: Subject) -> Iterator[Found]:
    """LM205."""
    stops = [reply for reply in learned(subject) if reply.stop != NO_TOKEN and subject.trained[reply.stop]]
    eos = _eos(subject)
    if subject.first is None or not stops or eos is None or _occurs(subject, eos):
        return
    stop = stops[0].stop
    piece = _piece(subject, stops[0])
    sentence = (
        f"Turns end with {quoted(piece)}, which is trained, and EOS {quoted(eos)} never occurs, so "
        f"generation has to be told to stop at {quoted(piece)}."
    )
    line = config_line(subject, "eos_token", piece)
    token = int(subject.first.example.tokens.ids[stop])
    yield Found(sentence, ((stop, stop + 1),), line or f"generation_config.eos_token_id = {token}")


def find_no_stop(subject: Subject) -> Iterator[Found]:
    """LM206."""
    found, eos = learned(subject), _eos(subject)
    if not found or any(reply.stop != NO_TOKEN or len(tail_of(subject, reply)) for reply in found):
        return
    if eos is not None and _occurs(subject, eos):
        return
    named, lasts = turns_named([reply.number for reply in found]), [reply.end - 1 for reply in found]
    eos_is = f"EOS {quoted(eos)} never occurs" if eos else "the tokenizer has no EOS"
    sentence = f"There is no token that ends {named}, and {eos_is}: the model never learns to stop."
    fix = "In the chat template, end every reply:\n{{ message.content + eos_token }}"
    yield Found(sentence, spans_of(np.array(lasts)), fix)


def _eos(subject: Subject) -> str | None:
    return subject.options.get("eos_token") or subject.context.tokenizer.special_tokens.get("eos_token")


def _occurs(subject: Subject, eos: str) -> bool:
    assert subject.first is not None, "a reply needs an example"
    alone = subject.context.tokenizer.encode(eos).ids
    return len(alone) == 1 and bool((subject.first.example.tokens.ids == alone[0]).any())


def _piece(subject: Subject, reply: Reply) -> str:
    return subject.text_of(reply.stop, reply.stop + 1).strip()
