"""How LLaMA-Factory's tool formats describe tools and write calls.

Source: llamafactory 0.9.5, `data/tool_utils.py`, `data/formatter.py`.
Covered: `default`, `glm4`, `glm4_moe`, `llama3`, `mistral`, `qwen`, and phi-4-mini's plain list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .llama_factory_formats import Tools


class Call(NamedTuple):
    """A tool's name and its arguments as JSON text."""

    name: str
    arguments: str


Tool = dict[str, Any]

_IN_TAGS = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>"
)
_AS_JSON = (
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    "<tool_call></tool_call> XML tags:\n<tool_call>\n"
    '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
)
_AS_XML = (
    "\n</tools>\n\nFor each function call, output the function name and arguments within the following XML "
    "format:\n<tool_call>{function-name}"
    "\n<arg_key>{arg-key-1}</arg_key>\n<arg_value>{arg-value-1}</arg_value>"
    "\n<arg_key>{arg-key-2}</arg_key>\n<arg_value>{arg-value-2}</arg_value>\n...\n</tool_call>\n"
)


def described(kind: Tools, tools: Sequence[Tool], today: Callable[[], str]) -> str:
    """The text about the tools, for the system prompt; `today` gives the date where it is written.

    Raises:
        KeyError, TypeError, AttributeError: a tool is not described as the format needs it.
    """
    if kind == "phi4_mini":
        return f"<|tool|>{_json(list(tools))}<|/tool|>"
    if not tools:
        return ""
    if kind == "llama3":
        return _llama3(tools, today())
    return _DESCRIBED[kind](tools)


def called(kind: Tools, calls: Sequence[Call]) -> str:
    """A reply's calls as text.

    Raises:
        ValueError: the format takes no parallel calls.
    """
    if kind == "glm4":
        if len(calls) > 1:
            raise ValueError("GLM-4 does not support parallel functions.")
        return f"{calls[0].name}\n{calls[0].arguments}"
    return _CALLED.get(kind, _call_actions)(calls)


def _json(value: Any, **how: Any) -> str:
    return json.dumps(value, ensure_ascii=False, **how)


def _wrapped(tool: Tool) -> Tool:
    return tool if tool.get("type") == "function" else {"type": "function", "function": tool}


def _bare(tool: Tool) -> Tool:
    found: Tool = tool.get("function", "") if tool.get("type") == "function" else tool
    return found


def _list_default(tools: Sequence[Tool]) -> str:
    bare = [_bare(tool) for tool in tools]
    listed = "".join(_default_tool(tool) for tool in bare)
    names = ", ".join(tool["name"] for tool in bare)
    return (
        f"You have access to the following tools:\n{listed}Use the following format if using a tool:\n```\n"
        f"Action: tool name (one of [{names}])\n"
        "Action Input: the input to the tool, in a JSON format representing the kwargs "
        '(e.g. ```{"input": "hello world", "num_beams": 5}```)\n```\n'
    )


def _default_tool(tool: Tool) -> str:
    parameters = tool["parameters"]
    needed = parameters.get("required", [])
    lines = "".join(_parameter(name, it, name in needed) for name, it in parameters["properties"].items())
    about = tool.get("description", "")
    return f"> Tool Name: {tool['name']}\nTool Description: {about}\nTool Args:\n{lines}\n"


def _parameter(name: str, schema: Tool, is_needed: bool) -> str:
    needed = ", required" if is_needed else ""
    choices = f", should be one of [{', '.join(schema['enum'])}]" if schema.get("enum") else ""
    items = f", where each item should be {schema['items'].get('type', '')}" if schema.get("items") else ""
    about = schema.get("description", "")
    return f"  - {name} ({schema.get('type', '')}{needed}): {about}{choices}{items}\n"


def _list_glm4(tools: Sequence[Tool]) -> str:
    bare = [_bare(tool) for tool in tools]
    listed = "".join(f"\n\n## {tool['name']}\n\n{_json(tool, indent=4)}\n{_GLM4_CALL}" for tool in bare)
    return f"{_GLM4_OPENING}\n\n# 可用工具{listed}"


_GLM4_CALL = "在调用上述函数时，请使用 Json 格式表示调用的参数。"  # noqa: RUF001
_GLM4_OPENING = (
    "你是一个名为 ChatGLM 的人工智能助手。你是基于智谱 AI 公司训练的语言模型 GLM-4 模型开发的，"  # noqa: RUF001
    "你的任务是针对用户的问题和要求提供适当的答复和支持。"
)


def _list_glm4_moe(tools: Sequence[Tool]) -> str:
    return "\n\n" + _IN_TAGS + "".join(f"\n{_json(_wrapped(tool))}" for tool in tools) + _AS_XML


def _list_qwen(tools: Sequence[Tool]) -> str:
    return "\n\n" + _IN_TAGS + "".join(f"\n{_json(_wrapped(tool))}" for tool in tools) + _AS_JSON


def _list_mistral(tools: Sequence[Tool]) -> str:
    return f"[AVAILABLE_TOOLS] {_json([_wrapped(tool) for tool in tools])}[/AVAILABLE_TOOLS]"


def _llama3(tools: Sequence[Tool], today: str) -> str:
    listed = "".join(f"{_json(_wrapped(tool), indent=4)}\n\n" for tool in tools)
    return (
        f"Cutting Knowledge Date: December 2023\nToday Date: {today}\n\n"
        "You have access to the following functions. To call a function, please respond with JSON for a "
        'function call. Respond in the format {"name": function name, "parameters": dictionary of argument '
        f"name and its value}}. Do not use variables.\n\n{listed}"
    )


def _call_actions(calls: Sequence[Call]) -> str:
    return "\n".join(f"Action: {call.name}\nAction Input: {call.arguments}" for call in calls)


def _call_glm4_moe(calls: Sequence[Call]) -> str:
    return "\n".join("\n<tool_call>" + call.name + _arguments(call) for call in calls)


def _arguments(call: Call) -> str:
    return "".join(
        f"\n<arg_key>{key}</arg_key>\n<arg_value>{value if isinstance(value, str) else _json(value)}"
        "</arg_value>"
        for key, value in json.loads(call.arguments).items()
    )


def _call_llama3(calls: Sequence[Call]) -> str:
    written = [{"name": call.name, "parameters": json.loads(call.arguments)} for call in calls]
    return _json(written[0] if len(written) == 1 else written)


def _call_mistral(calls: Sequence[Call]) -> str:
    return _json([_named(call) for call in calls])


def _call_qwen(calls: Sequence[Call]) -> str:
    return "\n".join(f"<tool_call>\n{_json(_named(call))}\n</tool_call>" for call in calls)


def _named(call: Call) -> Tool:
    return {"name": call.name, "arguments": json.loads(call.arguments)}


_DESCRIBED: dict[Tools, Callable[[Sequence[Tool]], str]] = {
    "default": _list_default,
    "glm4": _list_glm4,
    "glm4_moe": _list_glm4_moe,
    "mistral": _list_mistral,
    "qwen": _list_qwen,
}
_CALLED: dict[Tools, Callable[[Sequence[Call]], str]] = {
    "glm4_moe": _call_glm4_moe,
    "llama3": _call_llama3,
    "mistral": _call_mistral,
    "qwen": _call_qwen,
}
