"""What families write around the tools that a conversation offers, as data."""

from __future__ import annotations

from typing import NamedTuple


class Around(NamedTuple):
    """The texts before and after a list of tools."""

    before: str
    after: str


QWEN_TOOLS = Around(
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n",
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    "<tool_call></tool_call> XML tags:\n"
    '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>',
)
"""Qwen 2.5 and 3: one tool a line, at the end of the system prompt."""

_LLAMA3_ASKS = (
    'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.'
    "Do not use variables.\n\n"
)

LLAMA3_TOOLS_IN_USER = Around(
    "Given the following functions, please respond with a JSON for a function call with its proper "
    f"arguments that best answers the given prompt.\n\n{_LLAMA3_ASKS}",
    "\n\n",
)
"""Llama 3: before the first user's words; each tool is followed by the closing text."""

LLAMA3_TOOLS_IN_SYSTEM = Around(
    "You have access to the following functions. To call a function, please respond with JSON for a "
    f"function call.{_LLAMA3_ASKS}",
    "\n\n",
)
"""Llama 3: before the system prompt's words."""
