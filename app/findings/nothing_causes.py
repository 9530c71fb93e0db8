"""Why nothing of a row trains, told by what the row, the options and the template show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .intent import config_line, has_marks, needs_marks, trains_replies_only, weights_of
from .limit import left_out, shortest_for_row
from .mends import marked_reply
from .subject import Subject
from .words import quoted


class Cause(NamedTuple):
    """Why nothing trains, for the end of a sentence, and what mends it."""

    why: str
    fix: str


def unknown_cause(subject: Subject, count: int) -> Cause:
    """What is left to say where no cause is known; the row has so many tokens."""
    if count > 1:
        return Cause("no reply is found in the row", mend(subject))
    why = "the row has a single token, which nothing predicts" if count else "the row has no token"
    return Cause(why, "Let the chat template write the messages.")


def known_cause(subject: Subject) -> Cause | None:
    """The first of the known causes that the evidence shows; None where it shows none."""
    for ask in (_no_reply, _no_weight, _no_marks, _no_marker, _all_cut, _not_found):
        cause = ask(subject)
        if cause is not None:
            return cause
    return None


def _no_reply(subject: Subject) -> Cause | None:
    roles = [str(message.get("role")) for message in subject.context.conversation.messages]
    chosen = {"assistant", *(subject.options.get("roles_to_train") or ())}
    if chosen & set(roles) or subject.options.get("roles") or not trains_replies_only(subject):
        return None
    named = ", ".join(sorted(set(roles)))
    return Cause(
        f"no message is the assistant's (the roles are {named})",
        'Add a reply: {"role": "assistant", "content": "…"}',
    )


def _no_weight(subject: Subject) -> Cause | None:
    weights = weights_of(subject)
    if not weights or any(weights):
        return None
    return Cause("every assistant message has weight 0", '"weight": 1')


def _no_marks(subject: Subject) -> Cause | None:
    if not needs_marks(subject) or has_marks(subject) or subject.options.get("eos_token"):
        return None
    return Cause(
        f"{subject.strategy.title} trains {{% generation %}} blocks, and the chat template has none",
        f"In the chat template, around every reply:\n{marked_reply(subject)}",
    )


def _no_marker(subject: Subject) -> Cause | None:
    if subject.first is None:
        return None
    example = subject.first.example
    rules = {example.reason_table[row].rule for row in np.unique(example.reasons).tolist()}
    name = next((name for name in _MARKERS if f"no-{name.replace('_', '-')}" in rules), None)
    if name is None:
        return None
    marker, text = str(subject.options[name]), example.rendering.text
    how = "though its text is: it is tokenized otherwise there" if marker in text else "nor is its text"
    why = f"the tokens of `{name}` {quoted(marker)} are nowhere in the row, {how}"
    return Cause(why, _marker_line(subject, name))


_MARKERS = ("response_template", "instruction_template")


def _marker_line(subject: Subject, name: str) -> str:
    """The marker that the template itself writes before a reply."""
    prompt = subject.context.generation_prompt
    line = config_line(subject, name, prompt) if prompt and name == "response_template" else None
    return line or f"Give `{name}` the text that the chat template writes, as its tokens stand in the row."


def _all_cut(subject: Subject) -> Cause | None:
    option, whole = subject.limit, subject.unlimited
    if option is None or whole is None or not whole.example.used.any():
        return None
    first, length = int(whole.example.used.argmax()), subject.options[option.name]
    if first < length < len(whole.example.tokens) and subject.outcome.kind == "ok":
        return None
    if length >= len(whole.example.tokens):
        return None
    shortest = shortest_for_row(subject, len(whole.example.tokens))
    line = config_line(subject, option.name, shortest)
    why = f"`{option.name}` of {length} cuts off all that would train, from token {first} on"
    return Cause(why, line or f"{option.name}: {shortest}")


def _not_found(subject: Subject) -> Cause | None:
    """Rows that a framework drops since it has found no reply in them, whatever their length."""
    reason = subject.outcome.reason
    if reason is None or subject.strategy.name not in ("axolotl", "unsloth-responses-only"):
        return None
    if subject.outcome.kind != "dropped" or left_out(subject) is not None:
        return None
    prompt = subject.context.generation_prompt
    line = config_line(subject, "response_part", prompt) if prompt else None
    return Cause(reason[:1].lower() + reason[1:].rstrip("."), line or mend(subject))


def mend(subject: Subject) -> str:
    """What lets the framework find a reply, by what it looks for."""
    if needs_marks(subject):
        return f"In the chat template, around every reply:\n{marked_reply(subject)}"
    return {
        "trl-response-template": "Train with assistant_only_loss=True, which pairs no markers.",
        "axolotl": "Write the words of the reply as the chat template renders them, without leading or "
        "trailing blanks, so that Axolotl finds them.",
        "unsloth-responses-only": "Give `response_part` what the chat template writes before every reply.",
    }.get(subject.strategy.name, "Let the chat template write this turn like the others.")
