"""Characters trained in part, and text of others that trains under a rule for replies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..core.parts import PARTS
from .base import Found
from .intent import config_line, needs_marks, of_others, trains_replies_only
from .mends import marked_reply
from .spans import spans_of
from .subject import Subject, once
from .words import quoted, turns_named
from .words import tokens as counted

_IS_TEXT = np.isin(PARTS, ("content", "thinking", "tool_call", "tools", "system"))


@once
def tells_replies(subject: Subject) -> bool:
    """Whether a rule for replies left something out; where it did not, LM102 says all there is to say."""
    return trains_replies_only(subject) and not subject.trained[1:].all()


def find_half_character(subject: Subject) -> Iterator[Found]:
    """LM305."""
    if subject.first is None or len(subject.trained) < 2:
        return
    offsets, trained = subject.first.example.tokens.offsets, subject.trained
    shares = (offsets[1:, 0] < offsets[:-1, 1]) & (offsets[1:, 1] > offsets[1:, 0])
    same = subject.first.messages[1:] == subject.first.messages[:-1]
    for token in (np.flatnonzero(shares & same & trained[:-1] & ~trained[1:]) + 1).tolist():
        message = int(subject.first.messages[token])
        if message < 0 or subject.context.conversation.role(message) != "assistant":
            continue
        yield _half(subject, token, message)
        return


def _half(subject: Subject, token: int, message: int) -> Found:
    assert subject.first is not None, "a token needs an example"
    offsets = subject.first.example.tokens.offsets
    character = subject.first.example.rendering.text[int(offsets[token, 1]) - 1]
    pieces = np.flatnonzero((offsets[:, 0] < offsets[token, 1]) & (offsets[:, 1] >= offsets[token, 1]))
    masked = pieces[~subject.trained[pieces]]
    masked = masked[masked >= token]
    sentence = (
        f"The character {quoted(character)} of turn {message + 1} is {len(pieces)} tokens, and the last "
        f"{len(masked)} of them {'is' if len(masked) == 1 else 'are'} masked: the model learns to begin it "
        "and not to finish it."
    )
    fix = (
        f"In the chat template, write the token that ends the turn inside the block:\n{marked_reply(subject)}"
    )
    return Found(sentence, spans_of(masked), fix)


def find_text_of_others(subject: Subject) -> Iterator[Found]:
    """LM306."""
    if not tells_replies(subject) or subject.first is None:
        return
    tokens = np.flatnonzero(of_others(subject) & subject.trained & _IS_TEXT[subject.first.parts])
    # The first token is never a target.
    tokens = tokens[tokens > 0]
    if not len(tokens):
        return
    messages = sorted(set(subject.first.messages[tokens].tolist()))
    role = subject.context.conversation.role(messages[0])
    named, start, end = turns_named([message + 1 for message in messages]), *spans_of(tokens)[0]
    sentence = (
        f"{counted(len(tokens))} of {named} {'is' if len(tokens) == 1 else 'are'} trained, such as "
        f"{quoted(subject.text_of(start, end))} of the {role}, under a rule that is meant for replies."
    )
    yield Found(sentence, spans_of(tokens), _without_others(subject))


def _without_others(subject: Subject) -> str:
    if needs_marks(subject):
        return f"In the chat template, only around a reply:\n{marked_reply(subject)}"
    if subject.options.get("version") == "2026.8":
        return "version: 2026.10.9"
    return {
        "unsloth-responses-only": "Take special tokens and markers out of the text of this turn.",
        "trl-response-template": "assistant_only_loss=True,",
        "nemo-rl": config_line(subject, "only_unmask_final", False) or "",
    }.get(subject.strategy.name, "Mask this text, or choose a rule that tells turns by their messages.")
