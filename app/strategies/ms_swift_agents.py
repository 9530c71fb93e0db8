"""ms-swift's agent templates: how tools are described, and how calls and results are written.

Source: ms_swift 4.6.0, `agent_template/base.py`, `hermes.py`, `llama.py`.
Covered: `hermes`, `llama3`, `llama4`. A reply in words such as "Action:" and "Action Input:" gets its
results the way ReAct writes them, under each of these.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..core.example import Refusal
from ..rendering.traced import Traced, derived
from .families.text import joined

_ACTION, _INPUT, _OBSERVATION = "Action:", "Action Input:", "Observation:"
_HERMES_OPENING = (
    "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
)
_HERMES_CLOSING = (
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    '<tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": '
    "<args-json-object>}\n</tool_call>"
)
_LLAMA_OPENING = (
    "Given the following functions, please respond with a JSON for a function call with its proper arguments "
    'that best answers the given prompt.\n\nRespond in the format {"name": function name, "parameters": '
    "dictionary of argument name and its value}. Do not use variables.\n\n"
)


class Marks(NamedTuple):
    """Llama's tokens around a role, and after a turn."""

    opening: str
    closing: str
    end: str


@dataclass(frozen=True, slots=True)
class AgentTemplate:
    """`marks` are Llama's; without them it is Hermes'."""

    name: str
    marks: Marks | None = None

    def tools_in_system(self, tools: Sequence[dict[str, Any]]) -> str:
        """What follows the system prompt."""
        if self.marks:
            return ""
        return _HERMES_OPENING + "\n".join(_json(wrapped(tool)) for tool in tools) + _HERMES_CLOSING

    def tools_before_question(self, tools: Sequence[dict[str, Any]]) -> str:
        """What precedes the first message's content."""
        if not self.marks:
            return ""
        listed = "\n\n".join(_json(wrapped(tool), indent=4) for tool in tools)
        return f"{_LLAMA_OPENING}{listed}\n\n"

    @property
    def header(self) -> str:
        """What opens the reply to results that bring their headers, whatever the format writes."""
        return f"{self.marks.opening}assistant{self.marks.closing}\n\n" if self.marks else ""

    def calls(self, contents: Sequence[str]) -> Traced:
        """A reply out of its calls, each JSON with a name and arguments."""
        return joined([self._call(content) for content in contents], "\n")

    def _call(self, content: str) -> Traced:
        call = _parsed_call(content)
        if self.marks:
            return derived(_json({"name": call["name"], "parameters": call["arguments"]}), content)
        return joined(["<tool_call>\n", derived(_json(call), content), "\n</tool_call>"])

    def results(self, contents: Sequence[str]) -> list[str]:
        """Results as they stand inside a turn of their own; Llama's bring their headers."""
        if self.marks is None:
            inside = [joined(["<tool_response>\n", words, "\n</tool_response>"]) for words in contents]
            return [joined(inside, "\n")]
        opening, closing, end = self.marks
        return [joined([f"{opening}tool{closing}\n\n", words, end]) for words in contents]


AGENTS: dict[str, AgentTemplate] = {
    "hermes": AgentTemplate("hermes"),
    "llama3": AgentTemplate("llama3", Marks("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")),
    "llama4": AgentTemplate("llama4", Marks("<|header_start|>", "<|header_end|>", "<|eot|>")),
}


def agent(name: str | None, template: str) -> AgentTemplate:
    """The agent template.

    Raises:
        Refusal: `error`, where the format has none, or it is not covered.
    """
    if name is None:
        raise Refusal(
            "error", f"ms-swift matches no agent template with {template!r}; it wants `agent_template` set."
        )
    if name not in AGENTS:
        raise Refusal(
            "error",
            f"The agent template of {template!r} is not covered here; covered are: {', '.join(AGENTS)}.",
        )
    return AGENTS[name]


def acts(content: object) -> bool:
    """Whether a reply calls in words."""
    return isinstance(content, (str, list)) and _ACTION in content and _INPUT in content


def observing(content: Any) -> Any:
    """The reply with "Observation:" at its end."""
    if isinstance(content, list) or content.endswith(_OBSERVATION):
        return content
    return content + ("" if content.endswith("\n") else "\n") + _OBSERVATION


def observed(contents: Sequence[str]) -> list[str]:
    """Results after "Observation:", each on a line."""
    found: list[str] = []
    for place, words in enumerate(contents):
        found += [_OBSERVATION] if place else []
        found += [words] if words.endswith("\n") else [words, "\n"]
    return found


def wrapped(tool: dict[str, Any]) -> dict[str, Any]:
    """The tool as OpenAI writes it, without the nulls that say nothing."""
    tool = _without_nulls(tool)
    if "type" in tool or "function" in tool:
        return tool
    return {"type": "function", "function": tool}


def _without_nulls(schema: Any) -> Any:
    """The schema without null fields, which tables of tools fill in; nulls among values are kept."""
    if isinstance(schema, list):
        return [_without_nulls(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _kept(key, value) for key, value in schema.items() if value is not None or _is_value(key)}


def _kept(key: str, value: Any) -> Any:
    if _is_value(key) or key in _LISTS_OF_VALUES:
        return value
    if key in _BY_NAME and isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return _without_nulls(value)


def _is_value(key: str) -> bool:
    return key in ("default", "const") or key.startswith("x-")


_LISTS_OF_VALUES = ("enum", "examples")
_BY_NAME = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies")
"""Whose keys are names, so that a property may be called `default`."""


def _json(value: Any, **how: Any) -> str:
    return json.dumps(value, ensure_ascii=False, **how)


def _parsed_call(content: str) -> dict[str, Any]:
    call = _parsed(content)
    try:
        arguments = call.get("arguments")
        arguments = _parsed(call.get("parameters") if arguments is None else arguments)
        if arguments is None:
            raise ValueError("no arguments")
        return {"name": call["name"], "arguments": arguments}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Refusal("error", f"ms-swift cannot read a tool call: {error}.") from None


def _parsed(value: Any) -> Any:
    """JSON, or else a Python literal; None for neither."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        try:
            return ast.literal_eval(str.__str__(value))
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return None
