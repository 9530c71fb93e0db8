"""LLaMA-Factory's reading of a conversation: a system prompt, tools, and turns in pairs.

Source: llamafactory 0.9.5, `data/converter.py`, with the tags of OpenAI's messages.
`openai` merges results that follow each other, writes calls as JSON, and changes the system
prompt: "detailed thinking off" where there are no tools, a newline where there are. `sharegpt`
reads messages as they are; a reply with `tool_calls` counts as one of role `function_call`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from ..core.example import Refusal
from ..rendering.inputs import MessageDict
from .families.text import Scribe, as_json, joined

Role: TypeAlias = Literal["user", "assistant", "observation", "function", "system"]

_ROLES: dict[str, Role] = {
    "user": "user",
    "assistant": "assistant",
    "tool": "observation",
    "function_call": "function",
    "system": "system",
}
_PROMPTS, _REPLIES = ("user", "observation"), ("assistant", "function")
_BETWEEN_RESULTS = "\n</tool_response>\n<tool_response>\n"
_THINKING_OFF, _THINKING_ON = "detailed thinking off", "detailed thinking on"


class Said(NamedTuple):
    """One aligned message: its content, and the message of the conversation whose turn it is."""

    role: Role
    content: Any
    message: int


class Row(NamedTuple):
    """A conversation as LLaMA-Factory reads it: prompts and replies in turns, an even number of them."""

    system: Any
    tools: Sequence[dict[str, Any]] | None
    turns: list[Said]


def read(scribe: Scribe, formatting: str) -> Row:
    """The row.

    Raises:
        Refusal: `dropped` where the roles do not alternate, `error` where the framework raises.
    """
    messages = scribe.messages
    has_system = messages[0]["role"] == "system"
    system = messages[0].get("content") if has_system else ""
    first = int(has_system)
    turns = (_openai if formatting == "openai" else _sharegpt)(messages[first:], first)
    _check_order(turns)
    if formatting == "openai":
        return Row(_openai_system(system, scribe.tools), scribe.tools, turns)
    return Row(system, scribe.tools or None, turns)


def _sharegpt(messages: Sequence[MessageDict], first: int) -> list[Said]:
    turns = []
    for index, message in enumerate(messages, first):
        role: Role | None = "function" if _calls(message) else _ROLES.get(message["role"])
        if role is None:
            raise Refusal("dropped", _untagged(message, index))
        turns.append(Said(role, _content(message), index))
    return turns


def _openai(messages: Sequence[MessageDict], first: int) -> list[Said]:
    turns: list[Said] = []
    results: list[Said] = []
    for index, message in enumerate(messages, first):
        role: Role | None = "function" if _calls(message) else _ROLES.get(message["role"])
        if role == "observation":
            results.append(Said(role, _content(message), index))
            continue
        if results:
            turns.append(_merged(results))
            results = []
        if role is None:
            raise Refusal("error", _untagged(message, index))
        turns.append(Said(role, _content(message), index))
    # Results that nothing follows are left out, as there.
    return turns


def _untagged(message: MessageDict, index: int) -> str:
    return f"Message {index + 1} has the role {message['role']!r}, which no tag of the dataset names."


def _merged(results: list[Said]) -> Said:
    for said in results:
        if not isinstance(said.content, str):
            raise Refusal("error", f"The content of message {said.message + 1} is no text.")
    words = joined([said.content for said in results], _BETWEEN_RESULTS)
    return Said("observation", words, results[0].message)


def _calls(message: MessageDict) -> Any:
    return message.get("tool_calls") if message["role"] in ("assistant", "function_call") else None


def _content(message: MessageDict) -> Any:
    """The content, or the calls as JSON."""
    calls = _calls(message)
    if not calls:
        return message.get("content")
    try:
        return as_json([call["function"] for call in calls])
    except (KeyError, TypeError):
        raise Refusal("error", "A tool call has no `function`.") from None


def _check_order(turns: Sequence[Said]) -> None:
    for place, said in enumerate(turns):
        if said.role not in (_PROMPTS, _REPLIES)[place % 2]:
            who = "a user or a tool" if place % 2 == 0 else "the assistant"
            raise Refusal(
                "dropped",
                f"Message {said.message + 1} should be by {who}: LLaMA-Factory leaves out rows whose prompts "
                "and replies do not alternate.",
            )
    if len(turns) % 2 or not turns:
        raise Refusal("dropped", "LLaMA-Factory leaves out rows that do not end with a reply to a prompt.")


def _openai_system(system: Any, tools: Sequence[dict[str, Any]] | None) -> Any:
    """What the reading of OpenAI's messages makes of the system prompt."""
    if not system:
        return system if tools is not None else _THINKING_OFF
    if not isinstance(system, str):
        raise Refusal("error", "The system prompt is no text.")
    if tools is not None:
        return system + "\n"
    is_told = _THINKING_ON in system or _THINKING_OFF in system
    return system if is_told else system + "\n" + _THINKING_OFF
