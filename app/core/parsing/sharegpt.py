"""ShareGPT: a list `conversations` of objects with `from` and `value`, perhaps with `system` and `tools`.

A `function_call` whose value is JSON with a name becomes a tool call of the assistant.
A top-level `system` opens the conversation, unless a system message already does.
"""

from __future__ import annotations

from typing import Any

from ..conversation import Conversation, Message
from .base import Evidence, Misfit, Path, Reader, Reading, build, kind_of
from .document import decode_json
from .message import from_json_text, read_message, read_tools, with_parsed_arguments
from .messages import has_key, list_at
from .places import Fault

KEYS = ("conversations", "conversation", "messages")
_USED = ("tools", "functions", "documents", "system", "system_prompt")
_ROLES = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "ai": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "system": "system",
    "tool": "tool",
    "observation": "tool",
    "function": "tool",
    "function_response": "tool",
    "tool_response": "tool",
    "function_call": "assistant",
    "tool_call": "assistant",
}
_CALLS = ("function_call", "tool_call")
_TEXT = ("value", "content", "text")


def detect(row: object) -> Evidence:
    """Entries with `from`; or the key `conversations` without entries that have a `role`."""
    found = list_at(row, KEYS)
    if found is None:
        return 0
    path, values = found
    if has_key(values, "from"):
        return 2
    return 1 if path == ("conversations",) and not has_key(values, "role") else 0


def read(row: Any, reading: Reading) -> Conversation:
    found = list_at(row, KEYS)
    if found is None:
        raise Misfit("ShareGPT needs a list `conversations` of objects with `from` and `value`.")
    path, values = found
    if path:
        values = from_json_text(values, str(path[0]), path, reading)
    if not isinstance(values, list):
        raise Misfit(f"`{path[0]}` is {kind_of(values)}, not a list of messages.", path)
    if not values:
        raise Misfit("The conversation has no messages.", path)
    messages = [_message(value, index, (*path, index), reading) for index, value in enumerate(values)]
    if not isinstance(row, dict):
        return build(messages, None, {})
    reading.note_left_out(row, (*_USED, *map(str, path)))
    messages = with_system(messages, row, reading)
    return build(messages, read_tools(row, (), reading), row)


def with_system(messages: list[Message], row: dict[str, Any], reading: Reading) -> list[Message]:
    """The messages, opened by the row's `system` text where it has one.

    Raises:
        Misfit: `system` is not text.
    """
    key = "system" if row.get("system") is not None else "system_prompt"
    system = row.get(key)
    if system is None or system == "":
        return messages
    if not isinstance(system, str):
        raise Misfit(f"`{key}` is {kind_of(system)}; it is text.", (key,))
    if messages and messages[0]["role"] == "system":
        reading.note(f"`{key}` was left out, since the conversation opens with a system message of its own.")
        return messages
    reading.note(f"`{key}` was read as the system message.")
    return [{"role": "system", "content": system}, *messages]


def _message(value: object, index: int, path: Path, reading: Reading) -> Message:
    if not isinstance(value, dict):
        raise Misfit(f"Message {index} is {kind_of(value)}, not an object with `from` and `value`.", path)
    if not isinstance(value.get("from"), str):
        raise Misfit(f"Message {index} has no `from`.", path)
    key = next((key for key in _TEXT if value.get(key) is not None), None)
    if key is None and not value.get("tool_calls"):
        raise Misfit(f"Message {index} has no `value`.", path)
    message = {"role": _role(value["from"], reading), "content": value.get(key or "value")}
    message.update((name, kept) for name, kept in value.items() if name not in ("from", key))
    if value["from"].lower() in _CALLS:
        message = _call(message, reading)
    return read_message(message, index, path, reading)


def _role(speaker: str, reading: Reading) -> str:
    role = _ROLES.get(speaker.strip().lower(), speaker)
    if role != speaker:
        reading.note(f"ShareGPT `{speaker}` was read as `{role}`.")
    return role


def _call(message: Message, reading: Reading) -> Message:
    """The value of a `function_call` as tool calls: JSON with a name, or a list of such."""
    content = message["content"]
    try:
        found = decode_json(content, 0, len(content))[0] if isinstance(content, str) else content
    except Fault:
        found = None
    calls = found if isinstance(found, list) else [found]
    if not calls or not all(isinstance(call, dict) and isinstance(call.get("name"), str) for call in calls):
        reading.note("A function call that is not JSON with a name was left as the assistant's text.")
        return message
    reading.note("ShareGPT function calls were read as tool calls.")
    functions = [with_parsed_arguments(call, reading) for call in calls]
    tool_calls = [{"type": "function", "function": function} for function in functions]
    return {**message, "content": "", "tool_calls": tool_calls}


READER = Reader("sharegpt", "ShareGPT", detect, read)
