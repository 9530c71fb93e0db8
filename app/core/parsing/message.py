"""One message as a chat template will see it: what every format's messages are checked and mended for.

Content stays as it is written, text or a list of parts, since templates want either.
Tool-call arguments that are JSON text become objects, since most templates expect a
mapping; keys nobody knows are kept.
"""

from __future__ import annotations

from typing import Any

from ..conversation import Message
from .base import Misfit, Path, Reading, kind_of
from .document import decode_json
from .places import Fault

ROLES = (
    "system",
    "developer",
    "user",
    "assistant",
    "tool",
    "function",
    "ipython",
    "observation",
    "environment",
)
_RESULT_ROLES = ("tool", "function", "ipython", "observation", "environment")
_IN_PLACE_OF_CONTENT = (
    "tool_calls",
    "function_call",
    "reasoning_content",
    "reasoning",
    "thinking",
    "refusal",
)


def read_messages(values: list[Any], path: Path, reading: Reading) -> list[Message]:
    """Every message of a list.

    Raises:
        Misfit: the list is empty, or a message lacks its role or its content.
    """
    if not values:
        raise Misfit("The conversation has no messages.", path)
    return [read_message(value, index, (*path, index), reading) for index, value in enumerate(values)]


def read_message(value: object, index: int, path: Path, reading: Reading) -> Message:
    """One message: checked, with its tool calls in today's form.

    Raises:
        Misfit: it lacks its role or its content.
    """
    if not isinstance(value, dict):
        raise Misfit(f"Message {index} is {kind_of(value)}, not an object with `role` and `content`.", path)
    _check_role(value, index, path, reading)
    _check_content(value, index, path)
    message = _without_legacy(dict(value), reading)
    if message.get("tool_calls") is not None:
        message["tool_calls"] = _tool_calls(message["tool_calls"], index, path, reading)
    return message


def read_tools(row: dict[str, Any], path: Path, reading: Reading) -> tuple[dict[str, Any], ...] | None:
    """The tools of a row: `tools`, perhaps as JSON text, or else the older `functions`.

    Raises:
        Misfit: they are no list of objects.
    """
    tools = from_json_text(row.get("tools"), "tools", (*path, "tools"), reading)
    if tools is None and row.get("functions"):
        functions = from_json_text(row["functions"], "functions", (*path, "functions"), reading)
        _check_tools(functions, "functions", (*path, "functions"))
        reading.note("The older `functions` were read as `tools`.")
        return tuple({"type": "function", "function": function} for function in functions)
    if tools is None:
        return None
    _check_tools(tools, "tools", (*path, "tools"))
    return tuple(tools)


def from_json_text(value: object, name: str, path: Path, reading: Reading) -> Any:
    """A field that some exports store as JSON text; empty text stands for nothing.

    Raises:
        Misfit: the text is not JSON.
    """
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        found, _ = decode_json(value, 0, len(value))
    except Fault as fault:
        raise Misfit(f"`{name}` is text, but not JSON text: {fault.sentence}", path) from None
    reading.note(f"`{name}` was JSON text and was parsed.")
    return found


def _check_tools(tools: object, name: str, path: Path) -> None:
    if not isinstance(tools, list):
        raise Misfit(f"`{name}` is {kind_of(tools)}, not a list of objects.", path)
    for index, tool in enumerate(tools):
        if not isinstance(tool, dict):
            raise Misfit(f"Entry {index} of `{name}` is {kind_of(tool)}, not an object.", (*path, index))


def _check_role(message: dict[str, Any], index: int, path: Path, reading: Reading) -> None:
    role = message.get("role")
    if "role" not in message:
        raise Misfit(f"Message {index} has no `role`.", path)
    if not isinstance(role, str):
        raise Misfit(f"The `role` of message {index} is {kind_of(role)}; it is a name.", (*path, "role"))
    if role not in ROLES:
        reading.note(f"The role `{role}` was kept, though few chat templates know it.")


def _check_content(message: dict[str, Any], index: int, path: Path) -> None:
    content = message.get("content")
    place = (*path, "content")
    if content is None:
        if not any(message.get(key) for key in _IN_PLACE_OF_CONTENT):
            raise Misfit(f"Message {index} has no `content`.", place)
        return
    if isinstance(content, list):
        return _check_parts(content, message["role"], index, place)
    if not isinstance(content, str) and not (isinstance(content, dict) and message["role"] in _RESULT_ROLES):
        raise Misfit(
            f"The `content` of message {index} is {kind_of(content)}; it is text or a list of parts.", place
        )


def _check_parts(parts: list[Any], role: str, index: int, path: Path) -> None:
    if role in _RESULT_ROLES:
        return
    for number, part in enumerate(parts):
        if not isinstance(part, dict | str):
            raise Misfit(
                f"Part {number} of message {index} is {kind_of(part)}, not text or an object.",
                (*path, number),
            )


def _without_legacy(message: Message, reading: Reading) -> Message:
    call = message.get("function_call")
    if isinstance(call, dict) and not message.get("tool_calls"):
        del message["function_call"]
        message["tool_calls"] = [{"type": "function", "function": call}]
        reading.note("The older `function_call` was read as a tool call.")
    if message["role"] == "function":
        message["role"] = "tool"
        reading.note("The older role `function` was read as `tool`.")
    return message


def _tool_calls(value: object, index: int, path: Path, reading: Reading) -> list[Any]:
    path = (*path, "tool_calls")
    calls = from_json_text(value, "tool_calls", path, reading)
    if not isinstance(calls, list):
        raise Misfit(f"The `tool_calls` of message {index} are {kind_of(calls)}, not a list.", path)
    for number, call in enumerate(calls):
        if not isinstance(call, dict):
            raise Misfit(f"Tool call {number} of message {index} is {kind_of(call)}.", (*path, number))
        if not isinstance(call.get("function"), dict | None):
            sentence = f"The `function` of tool call {number} of message {index} is no object."
            raise Misfit(sentence, (*path, number, "function"))
    return [_tool_call(call, reading) for call in calls]


def _tool_call(call: dict[str, Any], reading: Reading) -> dict[str, Any]:
    if isinstance(call.get("function"), dict):
        return {**call, "function": with_parsed_arguments(call["function"], reading)}
    return with_parsed_arguments(call, reading)


def with_parsed_arguments(function: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """A function call whose `arguments` are an object where they were the JSON text of one.

    Text that is no JSON object stays text, as a framework would pass it on.
    """
    arguments = function.get("arguments")
    if not isinstance(arguments, str) or not reading.parse_arguments:
        return function
    try:
        found, _ = decode_json(arguments, 0, len(arguments))
    except Fault:
        found = None
    if not isinstance(found, dict):
        reading.note("Tool-call arguments that are text, but no JSON object, were left as text.")
        return function
    reading.note("Tool-call arguments were JSON text and were parsed.")
    return {**function, "arguments": found}
