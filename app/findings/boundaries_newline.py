"""The line break after a reply, which some frameworks train and others mask."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..strategies.turns import NO_TOKEN
from .base import Found
from .boundaries_text import tells_replies
from .intent import needs_marks
from .mends import strategy_line
from .replies import Reply, is_blank, learned, replies
from .spans import spans_of
from .subject import Subject, once
from .words import quoted, turns_named


def find_trained_newline(subject: Subject) -> Iterator[Found]:
    """LM302."""
    if not tells_replies(subject) or subject.options.get("newline"):
        return
    rows = _trained(subject)
    if not rows:
        return
    named = turns_named([reply.number for reply, _ in rows])
    sentence = (
        f"The line break after the {_ended(subject, rows[0][0])} of {named} is trained; generation has "
        "stopped before it, so it does no harm and teaches nothing."
    )
    yield Found(sentence, spans_of(np.concatenate([tokens for _, tokens in rows])), _without(subject))


def find_masked_newline(subject: Subject) -> Iterator[Found]:
    """LM307: said in the same words of every row, and shown at the first reply alone."""
    if not tells_replies(subject) or _trained(subject):
        return
    ended = [reply for reply in learned(subject) if reply.stop != NO_TOKEN and subject.trained[reply.stop]]
    reply = next((reply for reply in ended if len(_after(subject, reply))), None)
    if reply is None:
        return
    sentence = (
        f"The line break after the {_ended(subject, reply)} of a reply is masked; generation has stopped "
        "before it, so nothing is lost."
    )
    yield Found(sentence, spans_of(_after(subject, reply)), _with(subject))


@once
def _trained(subject: Subject) -> list[tuple[Reply, NDArray[np.intp]]]:
    """The replies whose line break is trained, with its tokens."""
    rows = [(reply, _after(subject, reply)) for reply in replies(subject)]
    rows = [(reply, tokens[subject.trained[tokens]]) for reply, tokens in rows]
    return [(reply, tokens) for reply, tokens in rows if len(tokens)]


def _after(subject: Subject, reply: Reply) -> NDArray[np.intp]:
    """The blank tokens of a turn after the one that ends it."""
    if reply.stop == NO_TOKEN or reply.stop >= reply.turn.end:
        return np.zeros(0, dtype=np.intp)
    tokens = np.arange(reply.stop + 1, reply.end)
    return tokens[is_blank(subject, tokens)]


def _ended(subject: Subject, reply: Reply) -> str:
    return quoted(subject.text_of(reply.stop, reply.stop + 1).strip())


def _without(subject: Subject) -> str | None:
    if needs_marks(subject):
        return "In the chat template, close the block before the line break:\n{% endgeneration %}{{ '\\n' }}"
    return "version: 2026.10.9" if subject.options.get("version") == "2026.8" else None


def _with(subject: Subject) -> str | None:
    if "newline" not in subject.options:
        return None
    given = {**subject.request.strategy.options, "newline": True}
    return f"To train it all the same:\n{strategy_line(subject.strategy.name, **given)}"
