"""Rules on what becomes of the messages' own text: dropped, altered, lost system prompts, markers in it."""

from __future__ import annotations

from collections.abc import Iterator, Sized

import numpy as np
from numpy.typing import NDArray

from ..core.parts import PART_ID
from ..core.provenance import NO_MESSAGE, IntArray
from .base import Found
from .mends import KEEPS_THINKING, broken_up
from .spans import spans_of
from .subject import Subject
from .template_coverage import Lost, coverage, losses
from .words import quoted, turns_named

_SYSTEM = ("system", "developer")


def content_lost(subject: Subject) -> Iterator[Found]:
    """LM402: words of a message that the rendering lacks or has otherwise."""
    lost = losses(subject)
    for loss in lost:
        if loss.kind in ("words", "form") and not (loss.whole and _role(subject, loss) in _SYSTEM):
            yield Found(
                _sentence(subject, loss), turn_tokens(subject, loss.message), _content_fix(subject, loss)
            )
    trimmed = sorted({loss.message + 1 for loss in lost if loss.kind == "space"})
    if trimmed:
        yield Found(
            f"The template trims white space around the content of {turns_named(trimmed)}.",
            severity="note",
        )
    yield from _tools_lost(subject)


def _sentence(subject: Subject, loss: Lost) -> str:
    turn = f"turn {loss.message + 1} ({_role(subject, loss)})"
    if loss.kind == "form":
        return f"The template writes {quoted(loss.text)} of {turn} in other letters than the message has."
    if loss.whole:
        return f"The template leaves out the whole content of {turn}: {quoted(loss.text.strip())} is nowhere."
    return f"The template drops {quoted(loss.text.strip())} out of the content of {turn}."


def _content_fix(subject: Subject, loss: Lost) -> str:
    if loss.whole:
        return f"In the chat template, write it:\n{_written(_role(subject, loss))}"
    return "In the chat template, write the content as it is:\n{{ message.content }}"


def _written(role: str) -> str:
    return f"{{% if message.role == {role!r} %}}{{{{ message.content }}}}{{% endif %}}"


def _role(subject: Subject, loss: Lost) -> str:
    return subject.context.conversation.role(loss.message)


def _tools_lost(subject: Subject) -> Iterator[Found]:
    """Tools and tool calls of which nothing is in the text."""
    rendering, conversation = subject.context.rendering, subject.context.conversation
    if not rendering.text or not subject.same_tokens:
        return
    if conversation.tools and not any(
        origin.kind == "argument" and origin.name == "tools" for origin in rendering.origins
    ):
        yield Found(
            f"The template writes no tool into the text; this row has "
            f"{_counted(conversation.tools, 'tool')}.",
            fix="In the chat template, write the tools:\n"
            "{% for tool in tools or [] %}{{ tool | tojson }}{% endfor %}",
        )
    known = coverage(subject)
    written = {key[0] for key in known.copied if key[1] == "tool_calls"}
    written |= {message for message, field in known.made if field == "tool_calls"}
    for index, message in enumerate(conversation.messages):
        if message.get("tool_calls") and index not in written:
            yield Found(
                f"The template leaves out {_counted(message['tool_calls'], 'tool call')} of turn "
                f"{index + 1}.",
                turn_tokens(subject, index),
                "In the chat template, write the calls:\n"
                "{% for call in message.tool_calls or [] %}{{ call | tojson }}{% endfor %}",
            )


def _counted(items: Sized, name: str) -> str:
    return f"1 {name}" if len(items) == 1 else f"{len(items)} {name}s"


def reasoning_lost(subject: Subject) -> Iterator[Found]:
    """LM411: reasoning that the rendering lacks."""
    left_out: dict[int, str] = {}
    for loss in losses(subject):
        if loss.kind == "reasoning":
            left_out.setdefault(loss.message, loss.text)
    if not left_out:
        return
    numbers = [message + 1 for message in left_out]
    spans = tuple(span for message in left_out for span in turn_tokens(subject, message))
    trained = any(subject.trained[start:end].any() for start, end in spans)
    sentence = (
        f"The template leaves out the reasoning of {turns_named(numbers)}, which begins with "
        f"{quoted(_bare(next(iter(left_out.values()))))}, so that the answer is learnt without it."
    )
    fix = (
        "Make one row of each reply, with the reply as its last message, or use a template that keeps the "
        f"reasoning:\n{KEEPS_THINKING}"
    )
    yield Found(sentence, spans, fix, None if trained or not spans else "note")


def _bare(text: str) -> str:
    return text.replace("<think>", "").replace("</think>", "").strip()


def turn_tokens(subject: Subject, message: int) -> tuple[tuple[int, int], ...]:
    """The tokens of a message's turn in the first example."""
    if subject.first is None:
        return ()
    return spans_of(np.flatnonzero(subject.first.messages == message))


def special_in_content(subject: Subject) -> Iterator[Found]:
    """LM405: special tokens whose text a message wrote."""
    tokens, rendering = subject.context.tokens, subject.context.rendering
    special = np.flatnonzero(tokens.special)
    if not len(special) or not len(rendering.starts):
        return
    first, last = _own_start(subject, special), np.maximum(tokens.offsets[special, 1] - 1, 0)
    own = np.array([origin.kind == "message" for origin in rendering.origins], dtype=np.bool_)
    runs = rendering.starts.searchsorted(first, side="right") - 1
    begins = own[rendering.origin_ids[runs]]
    # A special token may swallow white space after it, so its end proves nothing.
    hits = special[begins & (last >= first)]
    by_place: dict[tuple[int, str, str], list[int]] = {}
    for token, run in zip(hits.tolist(), runs[begins & (last >= first)].tolist(), strict=True):
        origin = rendering.origins[int(rendering.origin_ids[run])]
        if origin.message is not None:
            place = (origin.message, str(origin.field), tokens.pieces[token])
            by_place.setdefault(place, []).append(token)
    for (message, field, piece), places in by_place.items():
        yield _marker(subject, message, field, piece, places)


def _own_start(subject: Subject, special: NDArray[np.intp]) -> IntArray:
    """The first character of each special token's own text: some swallow the white space before them."""
    text, offsets = subject.context.rendering.text, subject.context.tokens.offsets[special]
    starts: IntArray = offsets[:, 0].copy()
    for row, (start, end) in enumerate(offsets.tolist()):
        if text[start:end][:1].isspace():
            starts[row] = end - len(text[start:end].lstrip())
    return starts


def _marker(subject: Subject, message: int, field: str, piece: str, places: list[int]) -> Found:
    times = "once" if len(places) == 1 else f"{len(places)} times"
    count = len(subject.trained) if subject.same_tokens else 0
    return Found(
        f"{quoted(piece)} stands in the `{field}` of turn {message + 1} {times} and becomes the special "
        f"token "
        f"{int(subject.context.tokens.ids[places[0]])}, as if the template had written it.",
        spans_of(np.array([place for place in places if place < count], dtype=np.intp)),
        f"Break the marker up in the data:\n{broken_up(piece.strip(), field)}",
    )


def system_prompt(subject: Subject) -> Iterator[Found]:
    """LM409: a system message left out, or a system prompt of the template's own."""
    for loss in losses(subject):
        if loss.kind == "words" and loss.whole and _role(subject, loss) in _SYSTEM:
            yield Found(
                f"The system message {quoted(loss.text.strip())} is nowhere in the text: the template "
                "leaves it out.",
                fix="Move its words to the start of the first user message, or in the chat template, write "
                f"it:\n{_written(_role(subject, loss))}",
            )
    added = _added_system(subject)
    if added:
        yield Found(
            f"The template adds a system prompt of its own: {quoted(added)}.",
            severity="note",
        )


def _added_system(subject: Subject) -> str:
    """Words of the template before the first message, in the system turn."""
    turns, tokens = subject.context.turns, subject.context.tokens
    here = (turns.parts == PART_ID["system"]) & (turns.messages == NO_MESSAGE)
    tools = np.concatenate([turns.parts == PART_ID["tools"], [False]])
    for start, end in spans_of(np.flatnonzero(here & ~tokens.special)):
        first, last = int(tokens.offsets[start, 0]), int(tokens.offsets[end - 1, 1])
        text = subject.context.rendering.text[first:last].strip().removeprefix("system\n")
        # What introduces the tools, or follows them, is no prompt of its own.
        if len(text.split()) > 3 and not (tools[end] or tools[start - 1]):
            return text
    return ""
