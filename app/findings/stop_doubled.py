"""EOS trained twice in a row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from .base import Found
from .mends import end_of_turn, ended_reply, message_line
from .replies import is_blank, replies
from .spans import spans_of
from .subject import Subject
from .words import quoted


def find_doubled_stop(subject: Subject) -> Iterator[Found]:
    """LM203."""
    eos = subject.context.tokenizer.eos_id
    if subject.first is None or eos is None:
        return
    ids = subject.first.example.tokens.ids
    places = np.flatnonzero((ids == eos) & subject.trained).tolist()
    for first, second in pairwise(places):
        between = np.arange(first + 1, second)
        if len(between) > 2 or not is_blank(subject, between).all() or _is_silent_turn(subject, second):
            continue
        yield _doubled(subject, first, second)
        return


def _is_silent_turn(subject: Subject, token: int) -> bool:
    """Whether an EOS ends a turn without words, and no other turn's."""
    return any(reply.stop == token and reply.words.start == reply.words.stop for reply in replies(subject))


def _doubled(subject: Subject, first: int, second: int) -> Found:
    assert subject.first is not None, "tokens need an example"
    number = int(subject.first.messages[first]) + 1
    apart = "" if second == first + 1 else ", a line break apart"
    piece = quoted(subject.text_of(first, first + 1).strip())
    where = f" after turn {number}" if number else ""
    sentence = (
        f"{piece} is trained twice{where}{apart}: the model is taught to write it again after it has stopped."
    )
    spans = spans_of(np.array([first, second]))
    if apart:
        return Found(
            sentence, spans, "In the chat template, write nothing after the EOS of the last turn.", "note"
        )
    return Found(sentence, spans, _once(subject, number - 1))


def _once(subject: Subject, message: int) -> str:
    """EOS is written once, by the chat template; what a message brings along is taken off."""
    end = end_of_turn(subject)
    content = subject.context.conversation.messages[message].get("content") if message >= 0 else None
    if isinstance(content, str) and end and content.rstrip().endswith(end):
        return message_line("content", f"rstrip().removesuffix({end!r})")
    return f"In the chat template, write it once:\n{ended_reply(subject)}"
