"""Prompt and completion: two texts, or two lists of messages; `response` stands for `completion`.

A text prompt is read as the user's message and a text completion as the assistant's.
Lists of messages are put one after the other. Preference rows (`chosen`, `rejected`) are
not read: which of the two is to be learned is the user's to say.
"""

from __future__ import annotations

from typing import Any

from ..conversation import Conversation, Message
from .base import Evidence, Misfit, Reader, Reading, build, kind_of
from .message import read_message, read_tools
from .sharegpt import with_system

PREFERENCE = (
    "This is a preference row (`chosen`, `rejected`); paste its `prompt` with one of the two "
    "as `completion`, or one of them alone."
)

_COMPLETION = ("completion", "response")
_USED = ("prompt", "tools", "functions", "documents", "system", "system_prompt")


def detect(row: object) -> Evidence:
    """`prompt` with its completion; `prompt` alone is a row that lacks something."""
    if not isinstance(row, dict) or not isinstance(row.get("prompt"), str | list):
        return 0
    return 2 if any(isinstance(row.get(key), str | list) for key in _COMPLETION) else 1


def read(row: Any, reading: Reading) -> Conversation:
    if not isinstance(row, dict):
        raise Misfit(f"This needs an object with `prompt` and `completion`; it is {kind_of(row)}.")
    completion = next((key for key in _COMPLETION if row.get(key) is not None), None)
    if row.get("prompt") is None:
        raise Misfit("The row has no `prompt`.")
    if completion is None and "chosen" in row:
        raise Misfit(PREFERENCE)
    if completion is None:
        raise Misfit("The row has a `prompt`, but no `completion`.")
    before = _side(row, "prompt", "user", 0, reading)
    after = _side(row, completion, "assistant", len(before), reading)
    _note(row, completion, len(before), reading)
    reading.note_left_out(row, (*_USED, completion))
    messages = with_system([*before, *after], row, reading)
    return build(messages, read_tools(row, (), reading), row)


def _side(row: dict[str, Any], key: str, role: str, first: int, reading: Reading) -> list[Message]:
    value = row[key]
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    if not isinstance(value, list) or not value:
        found = "an empty list" if value == [] else kind_of(value)
        raise Misfit(f"`{key}` is {found}; it is text or a list of messages.", (key,))
    return [
        read_message(message, first + index, (key, index), reading) for index, message in enumerate(value)
    ]


def _note(row: dict[str, Any], completion: str, first: int, reading: Reading) -> None:
    if isinstance(row["prompt"], str):
        reading.note("The text of `prompt` was read as the user's message.")
    if isinstance(row[completion], str):
        reading.note(f"The text of `{completion}` was read as the assistant's message.")
    if isinstance(row["prompt"], str) and isinstance(row[completion], str):
        reading.note("A trainer may instead join the two texts with no chat template, as TRL does.")
    if isinstance(row[completion], list):
        reading.note(f"`{completion}` begins at message {first}.")


READER = Reader("prompt-completion", "prompt and completion", detect, read)
