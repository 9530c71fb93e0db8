"""The rule on thinking blocks that do not open or close, and on reasoning outside of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ..core.conversation import Message
from ..rendering.inputs import REASONING_FIELDS
from .base import Found
from .subject import Subject
from .template_content import turn_tokens
from .words import quoted

_BLOCK = re.compile(r"<think>(.*?)</think>", re.DOTALL)
_MARKS = re.compile(r"</?think>")
_LONG = 1_000
"""Characters of a reply from which on it is not written out in the fix."""


def thinking_unbalanced(subject: Subject) -> Iterator[Found]:
    """LM404: a thinking block of a reply that does not open or close, or reasoning outside of it."""
    text = subject.context.rendering.text
    for turn in subject.assistants:
        said = text[turn.first_character : turn.last_character]
        if not _MARKS.search(said):
            continue
        fault = _fault(said, _writes_marks(subject.context.conversation.messages[turn.message]))
        fix = _apart(subject.context.conversation.messages[turn.message])
        if fault is None:
            fault, fix = _outside(subject, turn.message, turn.first_character, said), _INSIDE
        if fault is not None:
            sentence = f"In turn {turn.message + 1} {fault}."
            yield Found(sentence, turn_tokens(subject, turn.message), fix)


def _writes_marks(message: Message) -> bool:
    texts = [message.get("content"), *(message.get(name) for name in REASONING_FIELDS)]
    return any(isinstance(text, str) and _MARKS.search(text) for text in texts)


def _fault(said: str, own: bool) -> str | None:
    """What is wrong with the marks of a turn; those of the template alone are as its model wants them."""
    if not own:
        return None
    is_open = False
    for mark in _MARKS.findall(said):
        if is_open is (mark == "<think>"):
            return (
                "`<think>` opens twice" if is_open else "`</think>` closes a thinking block that is not open"
            )
        is_open = not is_open
    if is_open:
        return "`<think>` opens a thinking block that nothing closes"
    blocks = [match[1].strip() for match in _BLOCK.finditer(said)]
    if len(blocks) > 1 and not blocks[0] and blocks[1]:
        return f"an empty thinking block comes before the reasoning {quoted(blocks[1])}"
    return None


def _outside(subject: Subject, message: int, start: int, said: str) -> str | None:
    """Reasoning that is written, but not between the marks."""
    reasoning = _reasoning(subject.context.conversation.messages[message]).strip()
    blocks = [match.span(1) for match in _BLOCK.finditer(said)]
    place = said.find(reasoning)
    if not reasoning or not blocks or place < 0:
        return None
    if any(first <= place and place + len(reasoning) <= last for first, last in blocks):
        return None
    return f"the reasoning {quoted(reasoning)} is written outside the thinking block"


_INSIDE = (
    "In the chat template, write the reasoning between the marks:\n"
    "{{ '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' + message.content }}"
)


def _apart(message: Message) -> str:
    """The message with its reasoning in a field of its own, guessed to end where its paragraph does."""
    content, field = str(message.get("content") or ""), _reasoning(message)
    if "</think>" in content:
        said, _, answer = content.rpartition("</think>")
    elif "<think>" in content:
        said, _, answer = content.partition("<think>")[2].partition("\n\n")
    else:
        said, answer = "", content
    thought = "\n".join(filter(None, (_bare(field), _bare(said))))
    reply = {"role": "assistant", "reasoning_content": thought, "content": _bare(answer)}
    if len(content) + len(field) > _LONG:
        reply |= {"reasoning_content": "…", "content": "…"}
    return (
        "Give the reasoning a field of its own, and let the template write both marks, as "
        f"bundled:chatml-thinking does:\n{json.dumps(reply, ensure_ascii=False)}"
    )


def _reasoning(message: Message) -> str:
    found = (message.get(name) for name in REASONING_FIELDS)
    return next((text for text in found if isinstance(text, str)), "")


def _bare(text: str) -> str:
    return _MARKS.sub("", text).strip()
