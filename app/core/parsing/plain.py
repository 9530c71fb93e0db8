"""Plain text with roles at line starts: `User: …`, `Human: …`, `### Instruction:`, `**Assistant:** …`.

The first mark decides the style, and only marks of that style open a turn. Where the text
opens with `###`, such marks count inside a line too, as some data sets write them. White
space around a turn is dropped and line ends become plain ones. A text without roles is
one message of the user. A row with nothing but `text` is read the same way.
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeAlias

from ..conversation import Conversation, Message
from .base import Evidence, Misfit, Reader, Reading, build
from .places import LINE_BREAK

Style: TypeAlias = Literal["hash", "bold", "bare"]

_ROLES = {
    "system": "system",
    "user": "user",
    "human": "user",
    "instruction": "user",
    "input": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "bot": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "response": "assistant",
}
_TALKERS = "system|user|human|assistant|ai|bot|gpt|chatgpt|model"
_MARKS: dict[Style, re.Pattern[str]] = {
    "hash": re.compile(rf"^[ \t]*\#{{1,4}}[ \t]*({_TALKERS}|instruction|input|response)[ \t]*:", re.I | re.M),
    "bold": re.compile(rf"^[ \t]*\*\*({_TALKERS})[ \t]*(?::\*\*|\*\*[ \t]*:)", re.I | re.M),
    "bare": re.compile(rf"^[ \t]*({_TALKERS})[ \t]*:", re.I | re.M),
}
_HASH_INSIDE = re.compile(r"\#{3}[ \t]*(system|user|human|assistant)[ \t]*:", re.I)
_CONTROL = re.compile(r"<\|[a-z_]+\|>|\[/?INST\]|<start_of_turn>", re.I)


def detect(row: object) -> Evidence:
    """A row whose `text` has turns; pasted text itself never comes this way."""
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        return 0
    return 2 if _marks(_lines(row["text"])) else 1


def read(row: Any, reading: Reading) -> Conversation:
    if isinstance(row, str):
        return read_text(row, reading)
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise Misfit("Plain text needs a row with `text`.")
    reading.note_left_out(row, ("text",))
    if not row["text"].strip():
        raise Misfit("`text` is empty.", ("text",))
    return read_text(row["text"], reading)


def read_text(text: str, reading: Reading) -> Conversation:
    """The turns of a text, or one message of the user.

    Raises:
        Misfit: the text is binary.
    """
    if "\0" in text:
        raise Misfit("The text holds a NUL character: it is not plain text.")
    text = _lines(text)
    if found := _CONTROL.search(text):
        reading.note(
            f"The text holds `{found.group()}`, so it may be rendered already; it was read as it is."
        )
    marks = _marks(text)
    if not marks:
        reading.note("No roles such as `User:` were found, so the whole text is one message of the user.")
        return build([{"role": "user", "content": text.strip()}], None, {})
    return build(_turns(text, marks, reading), None, {})


def _lines(text: str) -> str:
    return LINE_BREAK.sub("\n", text)


def _marks(text: str) -> list[re.Match[str]]:
    """The marks of the style that comes first: it opens the text, or speaks for both sides."""
    found = [marks for style in _MARKS if (marks := list(_MARKS[style].finditer(text)))]
    if not found:
        return []
    marks = min(found, key=lambda marks: marks[0].start())
    if not text[: marks[0].start()].strip():
        return list(_HASH_INSIDE.finditer(text)) if _is_inline(text, marks) else marks
    roles = {_ROLES[mark[1].lower()] for mark in marks}
    return marks if {"user", "assistant"} <= roles else []


def _is_inline(text: str, marks: list[re.Match[str]]) -> bool:
    inside = list(_HASH_INSIDE.finditer(text))
    return bool(inside) and inside[0].start() <= marks[0].end() and len(inside) > len(marks)


def _turns(text: str, marks: list[re.Match[str]], reading: Reading) -> list[Message]:
    messages: list[Message] = []
    if preface := text[: marks[0].start()].strip():
        reading.note("The text before the first role was read as the system message.")
        messages.append({"role": "system", "content": preface})
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=True):
        _add(messages, mark[1], text[mark.end() : end].strip(), reading)
    return _without_open_turn(messages, reading)


def _add(messages: list[Message], name: str, content: str, reading: Reading) -> None:
    role = _ROLES[name.lower()]
    if name.lower() != role:
        reading.note(f"`{name}` was read as `{role}`.")
    if name.lower() == "input" and messages and messages[-1]["role"] == "user":
        messages[-1]["content"] += f"\n{content}" if content else ""
        return
    messages.append({"role": role, "content": content})


def _without_open_turn(messages: list[Message], reading: Reading) -> list[Message]:
    last = messages[-1]
    if len(messages) == 1 or last["role"] != "assistant" or last["content"]:
        return messages
    reading.note("The last turn of the assistant has no text and was left out.")
    return messages[:-1]


READER = Reader("plain", "plain text", detect, read)
