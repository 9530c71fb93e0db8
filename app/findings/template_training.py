"""Rules on what the template lets a masking rule train: generation marks, tool calls and tool results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ..core.parts import PART_ID
from ..strategies.trl_training import marked_variant
from .base import Found
from .intent import has_marks, is_left_out, needs_marks, of_others, trains_replies_only
from .mends import marked_reply, strategy_line
from .replies import replies
from .spans import spans_of
from .subject import Subject
from .words import quoted, turns_named

_TOOL_ROLES = ("tool", "function", "observation", "ipython")


def marks_missing(subject: Subject) -> Iterator[Found]:
    """LM401: a rule that reads generation blocks, and a template without any."""
    if not needs_marks(subject) or has_marks(subject):
        return
    name = subject.strategy.name
    if name == "megatron-bridge":
        so = "so Megatron-Bridge trains every token, the prompt too"
    elif name == "generation-tags":
        so = "so the assistant mask is all zeros and nothing is trained"
    else:
        so = "and none that TRL knows a marked variant of, so TRL raises"
    yield Found(f"The chat template has no {{% generation %}} block, {so}.", fix=_marks_fix(subject))


def _marks_fix(subject: Subject) -> str:
    source = subject.context.source
    if marked_variant(source) is not None:
        return f"TRL has a marked variant of this template:\n{strategy_line('trl-assistant-only')}"
    where = f"In the chat template, mark what the assistant writes, its end of turn included{_line(subject)}"
    return f"{where}:\n{marked_reply(subject)}"


def _line(subject: Subject) -> str:
    """The template's line that writes what follows the first reply."""
    rendering = subject.context.rendering
    origins = [rendering.origins[run] for run in rendering.origin_ids.tolist()]
    for before, origin in pairwise(origins):
        is_said = before.field == "content"
        if is_said and origin.line and _is_reply(subject, before.message):
            return f", about line {origin.line}"
    return ""


def _is_reply(subject: Subject, message: int | None) -> bool:
    return message is not None and subject.context.conversation.role(message) == "assistant"


def tools_mixed_up(subject: Subject) -> Iterator[Found]:
    """LM410: results of tools that are trained, calls of tools that are not."""
    if subject.first is None or not subject.trained.any() or not trains_replies_only(subject):
        return
    yield from _results_trained(subject)
    yield from _calls_masked(subject)


def _results_trained(subject: Subject) -> Iterator[Found]:
    assert subject.first is not None, "tokens need an example"
    conversation, messages = subject.context.conversation, subject.first.messages
    is_tool = [conversation.role(index) in _TOOL_ROLES for index in range(len(conversation.messages))]
    if not any(is_tool):
        return
    # The last row stands for no message, which indexes from the end.
    mine = np.array([*is_tool, False], dtype=np.bool_)[messages] & of_others(subject)
    said = mine & (subject.first.parts == PART_ID["content"])
    hits = np.flatnonzero(said & subject.trained)
    if not len(hits):
        return
    numbers = sorted({message + 1 for message in messages[hits].tolist()})
    yield Found(
        f"{len(hits)} tokens of tool results in {turns_named(numbers)} are trained, from "
        f"{quoted(subject.text_of(int(hits[0]), int(hits[-1]) + 1).strip())}: the model learns to write "
        "what its tools answer.",
        spans_of(hits),
        _results_fix(subject),
    )


def _results_fix(subject: Subject) -> str:
    if has_marks(subject):
        return "End the {% generation %} block of the template before the tool's turn."
    return (
        "Use a template that opens the tool's turn with the user's marker, or train by the template's "
        "marks:\n"
        "assistant_only_loss=True,"
    )


def _calls_masked(subject: Subject) -> Iterator[Found]:
    assert subject.first is not None, "tokens need an example"
    is_call = subject.first.parts == PART_ID["tool_call"]
    for reply in replies(subject):
        if is_left_out(subject, reply.turn.message) or reply.is_cut:
            continue
        calls = reply.begin + np.flatnonzero(is_call[reply.begin : reply.end])
        if len(calls) and not subject.trained[calls].any():
            yield Found(
                f"The tool call of turn {reply.number}, "
                f"{quoted(subject.text_of(int(calls[0]), int(calls[-1]) + 1).strip())}, is masked: "
                "the model does not learn to make it.",
                spans_of(calls),
                "In the chat template, open the block before the calls, with a rule that reads it:\n"
                "{% generation %}{% for call in message.tool_calls or [] %}",
            )
