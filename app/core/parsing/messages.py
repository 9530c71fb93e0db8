"""OpenAI messages: a list of objects with `role` and `content`, alone or in an object beside `tools`."""

from __future__ import annotations

from typing import Any

from ..conversation import Conversation
from .base import Evidence, Misfit, Path, Reader, Reading, build, kind_of
from .message import from_json_text, read_messages, read_tools

KEYS = ("messages", "conversation", "conversations")
_USED = ("messages", "tools", "functions", "documents")
_WRAPPERS = ("conversation", "body")
"""What an object with `messages` may itself stand in: our own request, and OpenAI's batch request."""


def unwrap(row: object) -> tuple[Path, Any]:
    """The object that holds the messages, and the path to it."""
    if isinstance(row, dict):
        for key in _WRAPPERS:
            if isinstance(row.get(key), dict) and "messages" in row[key] and "messages" not in row:
                return (key,), row[key]
    return (), row


def list_at(row: object, keys: tuple[str, ...]) -> tuple[Path, Any] | None:
    """The first of the keys that is set, or the row itself where it is a list."""
    if isinstance(row, list):
        return (), row
    if not isinstance(row, dict):
        return None
    return next((((key,), row[key]) for key in keys if row.get(key) is not None), None)


def has_key(values: object, key: str) -> bool:
    """Whether any entry of a list is an object with this key."""
    return isinstance(values, list) and any(isinstance(entry, dict) and key in entry for entry in values)


def detect(row: object) -> Evidence:
    """Entries with a `role`; or the key `messages` without entries that speak for ShareGPT."""
    _, inner = unwrap(row)
    found = list_at(inner, KEYS)
    if found is None:
        return 0
    path, values = found
    if has_key(values, "role"):
        return 2
    return 1 if path == ("messages",) and not has_key(values, "from") else 0


def read(row: Any, reading: Reading) -> Conversation:
    path, inner = unwrap(row)
    if path and len(row) > 1:
        reading.note(f"Only `{path[0]}` was read of the request.")
    found = list_at(inner, KEYS)
    if found is None:
        raise Misfit("OpenAI messages need a list `messages`, or to be one.", path)
    path, values = path + found[0], found[1]
    if path:
        values = from_json_text(values, str(path[-1]), path, reading)
    if not isinstance(values, list):
        raise Misfit(f"`{path[-1]}` is {kind_of(values)}, not a list of messages.", path)
    messages = read_messages(values, path, reading)
    if not isinstance(inner, dict):
        return build(messages, None, {})
    reading.note_left_out(inner, (*_USED, *map(str, found[0])))
    return build(messages, read_tools(inner, path[:-1], reading), inner)


READER = Reader("messages", "OpenAI messages", detect, read)
