"""LM1: rows that teach nothing, rows that teach everything, and replies passed over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .base import Found, Rule
from .intent import (
    config_line,
    has_marks,
    is_left_out,
    needs_marks,
    of_others,
    trains_replies_only,
)
from .mends import marked_reply
from .nothing_causes import Cause, known_cause, mend, unknown_cause
from .replies import Reply, replies, says_something
from .subject import Subject
from .words import turns_named


def find_nothing(subject: Subject) -> Iterator[Found]:
    """LM101."""
    if any(row.example.used.any() for row in subject.examples):
        return
    cause = known_cause(subject)
    if subject.outcome.kind != "ok" and cause is None:
        return
    count = sum(len(row.example.tokens) for row in subject.examples)
    cause = cause or unknown_cause(subject, count)
    what = (
        f"None of the {count} tokens is trained" if count > 1 else "Nothing of this conversation is trained"
    )
    yield Found(f"{what}: {cause.why}.", (), cause.fix)


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
        return Cause(why, f"In the chat template, around every reply:\n{marked_reply(subject)}")
    if needs_marks(subject):
        return Cause("", f"In the chat template, only around a reply:\n{marked_reply(subject)}")
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
    return Found(sentence, tuple((row.words.start, row.words.stop) for row in masked), mend(subject))


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
