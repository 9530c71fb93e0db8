"""What of the messages a rendering holds, told by origins: which characters of which text never appear."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from ..core.conversation import Message
from ..core.provenance import Rendering
from ..rendering.inputs import REASONING_FIELDS
from .subject import Subject, once

Path: TypeAlias = tuple[int | str, ...]
Loss: TypeAlias = Literal["words", "reasoning", "space", "form"]

_BLOCK = re.compile(r"<think>(.*?)</think>|\A(?:(?!<think>).)*?</think>", re.DOTALL)
_MARKS = re.compile(r"</?think>")


class Lost(NamedTuple):
    """Text of a message that the rendering lacks: words, reasoning, outer white space, or their form."""

    message: int
    kind: Loss
    text: str
    whole: bool
    """Whether nothing of the field is left."""


@dataclass(slots=True)
class Coverage:
    """The stretches of every text that are copied out, and the fields of which other text was made."""

    copied: dict[tuple[int, str, Path], list[tuple[int, int]]] = field(default_factory=dict)
    made: set[tuple[int, str]] = field(default_factory=set)


@once
def coverage(subject: Subject) -> Coverage:
    """Which characters of the messages the chat template's rendering holds."""
    rendering, found = subject.context.rendering, Coverage()
    lengths = np.zeros(len(rendering.origins), dtype=np.int32)
    np.maximum.at(lengths, rendering.origin_ids, rendering.ends - rendering.starts)
    for origin, length in zip(rendering.origins, lengths.tolist(), strict=True):
        if not length or origin.message is None or origin.field is None:
            continue
        if origin.kind == "message" and origin.start is not None:
            key = (origin.message, origin.field, origin.path)
            found.copied.setdefault(key, []).append((origin.start, origin.start + length))
        else:
            found.made.add((origin.message, origin.field))
    return found


@once
def losses(subject: Subject) -> list[Lost]:
    """What the text that the framework feeds lacks of the messages; nothing where there is no text."""
    rendering = subject.context.rendering
    if not rendering.text:
        return []
    known, fed = coverage(subject), _fed_otherwise(subject)
    messages = enumerate(subject.context.conversation.messages)
    lost = [loss for index, message in messages for loss in _of_message(index, message, known, rendering)]
    return [loss for loss in lost if fed is None or loss.text.strip() not in fed]


def _fed_otherwise(subject: Subject) -> str | None:
    """The framework's own text, where it is not the chat template's of the whole conversation."""
    if not subject.examples or subject.same_tokens:
        return None
    return "".join(analysed.example.rendering.text for analysed in subject.examples)


def _of_message(index: int, message: Message, known: Coverage, rendering: Rendering) -> Iterator[Lost]:
    is_reply = message.get("role") == "assistant"
    for path, text in _texts(message.get("content")):
        if (index, "content") in known.made:
            yield from _reshaped(index, message, text, rendering.text)
        else:
            yield from _missing(index, text, known.copied.get((index, "content", path), []), is_reply)
    name = next((name for name in REASONING_FIELDS if message.get(name) is not None), None)
    if name is not None and is_reply and isinstance(message[name], str) and (index, name) not in known.made:
        for loss in _missing(index, message[name], known.copied.get((index, name, ()), []), False):
            if loss.kind == "words":
                yield loss._replace(kind="reasoning")


def _texts(content: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(content, str):
        yield (), content
    elif isinstance(content, list):
        for number, part in enumerate(content):
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                yield (number, "text"), part["text"]


def _reshaped(index: int, message: Message, text: str, rendered: str) -> Iterator[Lost]:
    """A text that something else was made of: JSON keeps it, another letter case does not."""
    kept = text.strip() in rendered or json.dumps(text)[1:-1] in rendered
    if not kept and message.get("role") != "tool" and text.strip().casefold() in rendered.casefold():
        yield Lost(index, "form", text, False)


def _missing(index: int, text: str, copied: list[tuple[int, int]], is_reply: bool) -> Iterator[Lost]:
    gaps = list(_gaps(copied, len(text)))
    if not gaps or not text.strip():
        return
    blocks = [match.span() for match in _BLOCK.finditer(text)] if is_reply and "</think>" in text else []
    for start, end in gaps:
        if not text[start:end].strip():
            if start == 0 or end == len(text):
                yield Lost(index, "space", text[start:end], False)
            continue
        for first, last, kind in _divided(start, end, blocks):
            # The template may write the tags itself.
            if _MARKS.sub("", text[first:last]).strip():
                yield Lost(index, kind, text[first:last], not copied)


def _gaps(copied: list[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    done = 0
    for start, end in sorted(copied):
        if start > done:
            yield done, start
        done = max(done, end)
    if done < length:
        yield done, length


def _divided(start: int, end: int, blocks: list[tuple[int, int]]) -> Iterator[tuple[int, int, Loss]]:
    """A stretch, cut where thinking blocks begin and end."""
    for first, last in blocks:
        if last <= start or first >= end:
            continue
        if first > start:
            yield start, first, "words"
        yield max(start, first), min(end, last), "reasoning"
        start = min(end, last)
    if start < end:
        yield start, end, "words"
