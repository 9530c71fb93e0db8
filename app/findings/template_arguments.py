"""Rules on what a rendering depends on beside the messages: the date, and template arguments left unset."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..core.conversation import Conversation
from ..core.spans import shared_prefix
from .base import Found
from .spans import spans_of
from .subject import Subject
from .words import quoted

_BREAKS = (" ", "\n", ">", "]")
_MOST_RENDERS = 4
_LONG = 20_000
"""Characters from which on only the turns up to the first reply are rendered again."""


def date_in_text(subject: Subject) -> Iterator[Found]:
    """LM406: text that another day would write otherwise."""
    rendering = subject.context.rendering
    clocked = [origin.name == "strftime_now" for origin in rendering.origins]
    if not any(clocked):
        return
    runs = np.flatnonzero(np.array(clocked, dtype=np.bool_)[rendering.origin_ids])
    stretches = [(int(rendering.starts[run]), int(rendering.ends[run])) for run in runs.tolist()]
    dates = " and ".join(dict.fromkeys(quoted(rendering.text[start:end]) for start, end in stretches))
    yield Found(
        f"The template writes the day of the render into the text, {dates}: rows rendered on another day, "
        "and prompts at inference, have another.",
        tuple(span for start, end in stretches for span in _tokens_in(subject, start, end)),
        _date_fix(subject),
    )


def _tokens_in(subject: Subject, start: int, end: int) -> tuple[tuple[int, int], ...]:
    if not subject.same_tokens:
        return ()
    anchors = subject.context.turns.anchors[: len(subject.trained)]
    return spans_of(np.flatnonzero((anchors >= start) & (anchors < end)))


def _date_fix(subject: Subject) -> str:
    if "date_string" in subject.template.variables:
        return '"template_arguments": {"date_string": "26 Jul 2024"}'
    lines = subject.template.source.splitlines()
    found = next(((number, line) for number, line in enumerate(lines, 1) if "strftime_now" in line), None)
    if found is None:
        return "Write a fixed date in the template in place of `strftime_now`."
    return f"Write a fixed date in line {found[0]} of the template in place of:\n{found[1].strip()[:200]}"


def argument_unset(subject: Subject) -> Iterator[Found]:
    """LM407: a template argument that nobody set and that would change this text."""
    conversation, text = _probe(subject)
    left = _MOST_RENDERS
    for name in _arguments(subject) if text else ():
        for value in (False, True):
            left -= 1
            if left < 0:
                return
            other = subject.render(conversation, **{name: value})
            if other is not None and other != text:
                yield _changed(name, value, text or "", other)
                break


def _probe(subject: Subject) -> tuple[Conversation, str | None]:
    """What is rendered again, and its text: all of it, or its beginning where it is long."""
    conversation, text = subject.context.conversation, subject.context.rendering.text
    if len(text) <= _LONG:
        return conversation, text
    messages = conversation.messages
    roles = [message.get("role") for message in messages]
    if "assistant" not in roles:
        return conversation, None
    short = conversation.with_messages(messages[: roles.index("assistant") + 1])
    if sum(len(str(message.get("content"))) for message in short.messages) > _LONG:
        return short, None
    return short, subject.render(short, add_generation_prompt=False)


def _arguments(subject: Subject) -> list[str]:
    """Arguments that are switches by what they are called, those about thinking first."""
    names = [
        name
        for name in subject.template.variables
        if not name.endswith(("_token", "_now")) and name != "date_string"
    ]
    return sorted(names, key=lambda name: "think" not in name and "reason" not in name)


def word_start(text: str, place: int) -> int:
    """The start of the word or marker that a character is in.

    >>> word_start("so <|end|>", 7)
    3
    """
    while place > 0 and text[place - 1 : place] not in _BREAKS and text[place : place + 1] != "<":
        place -= 1
    return place


def _changed(name: str, value: bool, text: str, other: str) -> Found:
    same = word_start(text, shared_prefix(text, other))
    before, after = text[same : same + 60], other[same : same + 60]
    if str(value) in after and str(value) not in before:
        sentence = f"`{name}` is not set, and the template would write its value into the text."
        return Found(sentence, fix=f'"template_arguments": {{"{name}": "..."}}')
    is_last = same >= len(text)
    place = "at its end" if is_last else f"from {quoted(before)} on"
    becomes = f", which becomes {quoted(after)}" if after else ""
    sentence = (
        f"`{name}` is not set; {str(value).lower()} would change the text {place}{becomes}. "
        "Set it the same in training and at inference."
    )
    return Found(sentence, fix=f'"template_arguments": {{"{name}": {str(value).lower()}}}')
