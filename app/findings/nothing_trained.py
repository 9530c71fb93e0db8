"""LM1: rows that teach nothing, rows that teach everything, and replies passed over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .base import Found, Rule
from .intent import (
    config_line,
    has_marks,
    is_left_out,
    needs_marks,
    of_others,
    trains_replies_only,
    weights_of,
)
from .limit import left_out
from .replies import Reply, quoted, replies, says_something, turns_named
from .subject import Subject


class Cause(NamedTuple):
    """Why nothing trains, for the end of a sentence, and what mends it."""

    why: str
    fix: str


_MARKS = "{% generation %}{{ message.content }}<end of turn>{% endgeneration %}"


def find_nothing(subject: Subject) -> Iterator[Found]:
    """LM101."""
    if any(row.example.used.any() for row in subject.examples):
        return
    cause = _cause(subject)
    if subject.outcome.kind != "ok" and cause is None:
        return
    count = sum(len(row.example.tokens) for row in subject.examples)
    cause = cause or _unknown(subject, count)
    what = (
        f"None of the {count} tokens is trained" if count > 1 else "Nothing of this conversation is trained"
    )
    yield Found(f"{what}: {cause.why}.", (), cause.fix)


def _unknown(subject: Subject, count: int) -> Cause:
    if count > 1:
        return Cause("no reply is found in the row", _mend(subject))
    why = "the row has a single token, which nothing predicts" if count else "the row has no token"
    return Cause(why, "Let the chat template write the messages.")


def _cause(subject: Subject) -> Cause | None:
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
        f"In the chat template: {_MARKS}",
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
    line = config_line(subject, option.name, len(whole.example.tokens) + 1)
    why = f"`{option.name}` of {length} cuts off all that would train, from token {first} on"
    return Cause(why, line or f"{option.name}: {len(whole.example.tokens) + 1}")


def _not_found(subject: Subject) -> Cause | None:
    """Rows that a framework drops since it has found no reply in them, whatever their length."""
    reason = subject.outcome.reason
    if reason is None or subject.strategy.name not in ("axolotl", "unsloth-responses-only"):
        return None
    if subject.outcome.kind != "dropped" or left_out(subject) is not None:
        return None
    prompt = subject.context.generation_prompt
    line = config_line(subject, "response_part", prompt) if prompt else None
    return Cause(reason[:1].lower() + reason[1:].rstrip("."), line or _mend(subject))


def find_everything(subject: Subject) -> Iterator[Found]:
    """LM102."""
    if subject.first is None or not trains_replies_only(subject):
        return
    others = of_others(subject)
    # The first token is never a target, and some frameworks mask it.
    if not others[1:].any() or not subject.trained[1:].all():
        return
    count, spans = len(others), ((0, len(others)),)
    cause = _why_everything(subject)
    sentence = (
        f"All {count} tokens are trained, {int(others.sum())} of which are not the assistant's, under a rule "
        f"that is meant for replies{cause.why}."
    )
    yield Found(sentence, spans, cause.fix)


def _why_everything(subject: Subject) -> Cause:
    assert subject.first is not None, "only an example is trained"
    example = subject.first.example
    if "megatron-nothing-left" in {
        example.reason_table[row].rule for row in np.unique(example.reasons).tolist()
    }:
        whole = len(example.tokens) + example.cut_tokens
        line = config_line(subject, "max_seq_length", whole) or f"max_seq_length: {whole}"
        return Cause("; the cut left no reply, and all that is left is then trained", line)
    if needs_marks(subject) and not has_marks(subject):
        why = ": the chat template has no {% generation %} block that tells them apart"
        return Cause(why, f"In the chat template: {_MARKS}")
    return Cause("", "Mask what is not the assistant's.")


def find_passed_over(subject: Subject) -> Iterator[Found]:
    """LM103."""
    if subject.first is None:
        return
    found = [reply for reply in replies(subject) if says_something(subject, reply)]
    masked = [reply for reply in found if not subject.trained[reply.words].any()]
    if len(masked) == len(found):
        return
    unasked = [reply for reply in masked if not is_left_out(subject, reply.turn.message)]
    if unasked:
        yield _passed_over(subject, unasked, len(found))


def _passed_over(subject: Subject, masked: list[Reply], count: int) -> Found:
    reply = masked[0]
    assert subject.first is not None, "a reply needs an example"
    example = subject.first.example
    reason = example.reason_table[int(example.reasons[reply.begin])].sentence.rstrip(".")
    named, are = turns_named([row.number for row in masked]), "are" if len(masked) > 1 else "is"
    sentence = (
        f"Of {count} replies, {named} {are} not trained while others are ({reason[:1].lower()}{reason[1:]})."
    )
    return Found(sentence, tuple((row.words.start, row.words.stop) for row in masked), _mend(subject))


def _mend(subject: Subject) -> str:
    if needs_marks(subject):
        return f"In the chat template, around every reply: {_MARKS}"
    return {
        "trl-response-template": "Train with assistant_only_loss=True, which pairs no markers.",
        "axolotl": "Write the words of the reply as the chat template renders them, without leading or "
        "trailing blanks, so that Axolotl finds them.",
        "unsloth-responses-only": "Give `response_part` what the chat template writes before every reply.",
    }.get(subject.strategy.name, "Let the chat template write this turn like the others.")


_TALK = [
    {"role": "user", "content": "give me a recipe to bake pancakes"},
    {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
]
_TWICE = [
    *_TALK,
    {"role": "user", "content": "How long does that take?"},
    {"role": "assistant", "content": "About twenty minutes."},
]
_TURN = "'<|im_start|>' + message.role + '\\n'"
_UNMARKED = (
    "{% for message in messages %}{{ " + _TURN + " + message.content + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
_LAST_MARKED = (
    "{% for message in messages %}{{ " + _TURN + " }}"
    "{% if message.role == 'assistant' and CONDITION %}"
    "{% generation %}{{ message.content + '<|im_end|>' }}{% endgeneration %}"
    "{% else %}{{ message.content + '<|im_end|>' }}{% endif %}{{ '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
_MARKED = _LAST_MARKED.replace("CONDITION", "true")

RULES: tuple[Rule, ...] = (
    Rule(
        "LM101",
        "error",
        "Nothing is trained",
        "The row costs its compute and teaches nothing. Where every row is like that, training runs to its "
        "end with a loss of 0.0, or raises after hours of preparation.",
        find_nothing,
        failing={
            "conversation": {"messages": _TALK},
            "chat_template": _UNMARKED,
            "strategy": {"name": "generation-tags"},
        },
        mended={"chat_template": _MARKED},
        healthy={"conversation": {"messages": _TALK}, "chat_template": "bundled:chatml"},
        sources=(
            "https://github.com/huggingface/transformers/issues/34172",
            "https://github.com/marin-community/marin/issues/7237",
            "https://github.com/huggingface/trl/issues/1920",
            "https://github.com/unslothai/unsloth/issues/2117",
        ),
    ),
    Rule(
        "LM102",
        "error",
        "Everything is trained under a rule for replies",
        "The model learns to write the user's part, and the system prompt, as well as its own. The loss "
        "looks healthy, since prompts are easy to predict.",
        find_everything,
        failing={
            "conversation": {"messages": _TALK},
            "chat_template": _UNMARKED,
            "strategy": {"name": "megatron-bridge"},
        },
        mended={"chat_template": _MARKED},
        healthy={
            "conversation": {"messages": _TALK},
            "chat_template": "bundled:chatml",
            "strategy": {"name": "full"},
        },
        sources=(
            "https://github.com/huggingface/trl/issues/3781",
            "https://github.com/huggingface/trl/issues/3728",
            "https://github.com/NVIDIA-NeMo/Megatron-Bridge/pull/5166",
        ),
    ),
    Rule(
        "LM103",
        "warning",
        "A reply is passed over while others are trained",
        "Part of the data is paid for and teaches nothing, without any option that asks for it.",
        find_passed_over,
        failing={
            "conversation": {"messages": _TWICE},
            "chat_template": _LAST_MARKED.replace("CONDITION", "loop.last"),
            "strategy": {"name": "generation-tags"},
        },
        mended={"chat_template": _MARKED},
        healthy={"conversation": {"messages": _TWICE}, "chat_template": "bundled:chatml"},
        sources=("https://github.com/lm-sys/FastChat/issues/2494",),
    ),
)
