"""From a row to the turns that Axolotl hands to the chat template: names mapped, lists joined, keys dropped.

Source: axolotl 0.19.0, prompt_strategies/chat_template.py and jinja_template_analyzer.py.
Covered: role aliases; `message_property_mappings`, `field_thinking` and
`template_thinking_key`; lists of content and their `train` or `weight`; `split_thinking`;
arguments and parameters written as JSON text; `drop_system_message`; and that of the other
keys only those are kept that the template looks up on a variable named `message`, so
that a template that calls it `m` is given no tool calls.
Not covered: a `system` column beside the messages, images, and pydantic's reading of a YAML
file, which always sets `message_property_mappings` and so makes `field_thinking` void.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.conversation import Conversation, Message
from ..core.example import Refusal
from ..rendering.properties import properties_of
from .option import Options

ALIASES = {
    "user": ("human", "user"),
    "assistant": ("gpt", "assistant"),
    "system": ("system",),
    "tool": ("tool",),
}

TRAINING, DETAIL, REASONING_DETAIL = "training", "training_detail", "reasoning_training_detail"
"""Keys of a turn that hold what the row says of its training; the template sees them too."""

_THOUGHTS = (
    ("<think>", "</think>"),
    ("<reasoning>", "</reasoning>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
)
_SOLUTION = ("<|begin_of_solution|>", "<|end_of_solution|>")


@dataclass(frozen=True, slots=True)
class Names:
    """What the row's fields and roles are called, and what the template calls them."""

    mappings: Mapping[str, str]
    roles: Mapping[str, str]
    thinking: str
    kept: frozenset[str]
    """Keys that are passed on under their own name, where a message has them."""

    @classmethod
    def of(cls, options: Options, source: str) -> Names:
        """As the options and the template's source say."""
        thinking, field = options["template_thinking_key"], options["field_thinking"]
        mappings = options["message_property_mappings"] or {
            "role": "role",
            "content": "content",
            **({thinking: field} if thinking and field else {}),
        }
        aliases = options["roles"] or ALIASES
        roles = {alias: role for role, names in aliases.items() for alias in names}
        return cls(mappings, roles, thinking or "reasoning_content", properties_of(source, "message"))


def turns_of(conversation: Conversation, names: Names, options: Options) -> tuple[Message, ...]:
    """The turns, each with its training flags; the system turn is among them.

    Raises:
        Refusal: `error`, where Axolotl raises.
    """
    turns = [_turn(_without_nulls(message), names, options) for message in conversation.messages]
    _role(turns[0], names)
    return tuple(turns)


def tools_of(conversation: Conversation) -> tuple[dict[str, Any], ...] | None:
    """The tools, parameters read where they are JSON text; None where there are none."""
    tools = [_without_nulls(tool) for tool in conversation.tools or ()]
    for tool in tools:
        function = tool.get("function")
        if isinstance(function, dict) and isinstance(function.get("parameters"), str):
            function["parameters"] = _read_json(function["parameters"], "parameters of a tool")
    return tuple(tools) or None


def _turn(message: Message, names: Names, options: Options) -> Message:
    turn = {key: message[field] for key, field in names.mappings.items() if message.get(field) is not None}
    if "role" in turn:
        turn["role"] = names.roles.get(str(turn["role"]), turn["role"])
    if options["split_thinking"]:
        _split_thinking(turn, names)
    passed = names.kept - set(names.mappings.values())
    turn |= {key: value for key, value in message.items() if key in passed}
    _read_arguments(turn)
    for key, field in ((TRAINING, "message_field_training"), (DETAIL, "message_field_training_detail")):
        if options[field] is not None and message.get(options[field]) is not None:
            turn[key] = message[options[field]]
    _join_parts(turn, "content", DETAIL)
    _join_parts(turn, names.thinking, REASONING_DETAIL)
    return turn


def _split_thinking(turn: Message, names: Names) -> None:
    """Move the first kind of thinking block that is there out of a reply's content; a list is left alone."""
    if _role(turn, names) != "assistant" or isinstance(turn.get("content"), list):
        return
    content = turn.get("content")
    if not isinstance(content, str):
        raise Refusal("error", "`split_thinking` needs every assistant message to have content.")
    for mark in _THOUGHTS:
        if mark[0] in content and mark[1] in content:
            turn[names.thinking] = _inside(content, mark)
            rest = content[content.find(mark[1]) + len(mark[1]) :].lstrip()
            solved = _SOLUTION[0] in rest and _SOLUTION[1] in rest
            turn["content"] = _inside(rest, _SOLUTION) if solved else rest
            return


def _role(turn: Message, names: Names) -> object:
    if "role" not in turn:
        raise Refusal("error", f"A message has no {names.mappings.get('role')!r}, which is to be its role.")
    return turn["role"]


def _inside(text: str, marks: tuple[str, str]) -> str:
    return text[text.find(marks[0]) + len(marks[0]) : text.find(marks[1])].strip()


def _read_arguments(turn: Message) -> None:
    calls = turn.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and isinstance(function.get("arguments"), str):
            function["arguments"] = _read_json(function["arguments"], "arguments of a tool call")


def _join_parts(turn: Message, key: str, detail_key: str) -> None:
    """A list of parts becomes one text, and its flags, if it has any, a list of spans."""
    parts = turn.get(key)
    if not isinstance(parts, list):
        return
    dicts = [part for part in parts if isinstance(part, dict)]
    texts = [part.get("text") or part.get("content") or part.get("value") or "" for part in dicts]
    if not all(isinstance(text, str) for text in texts):
        raise Refusal("error", f"A part of `{key}` holds something else than text.")
    turn[key] = "".join(texts)
    if any(_flag(part) is not None for part in dicts):
        turn[detail_key] = _details(texts, [_flag(part) for part in dicts])


def _flag(part: dict[str, Any]) -> bool | None:
    if part.get("train") is not None:
        return bool(part["train"])
    return None if part.get("weight") is None else part["weight"] != 0


def _details(texts: list[str], flags: list[bool | None]) -> list[dict[str, Any]]:
    """Spans with an inclusive end; a part without a flag trains."""
    details, start = [], 0
    for text, flag in zip(texts, flags, strict=True):
        if text:
            end = start + len(text) - 1
            details.append({"begin_offset": start, "end_offset": end, "train": flag is not False})
        start += len(text)
    return details


def _without_nulls(value: Any) -> Any:
    """A copy without keys whose value is null; nulls in lists stay."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _read_json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal("error", f"The {what} are a text that is not JSON.") from None
