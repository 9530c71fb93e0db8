"""What a user wants to train on: messages, and perhaps tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..errors import ConversationError

Message: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages as the chat template will see them, each a mapping with at least a `role`.

    `extra` holds what a row may carry beside them and a template may read (`documents`).
    """

    messages: tuple[Message, ...]
    tools: tuple[dict[str, Any], ...] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: object) -> Conversation:
        """Build one from decoded JSON: an object with `messages`, or the array itself.

        Raises:
            ConversationError: with a sentence that names the message at fault.
        """
        if isinstance(value, list):
            value = {"messages": value}
        if not isinstance(value, dict) or not isinstance(value.get("messages"), list):
            raise ConversationError("A conversation is an object with a list `messages`.")
        if not value["messages"]:
            raise ConversationError("The conversation has no messages.")
        for index, message in enumerate(value["messages"]):
            _check_message(index, message)
        return cls(tuple(value["messages"]), _tools(value.get("tools")), _extra(value))

    def as_json(self) -> dict[str, Any]:
        """The inverse of `from_json`."""
        tools = None if self.tools is None else list(self.tools)
        return {"messages": list(self.messages), "tools": tools, **self.extra}

    def with_messages(self, messages: tuple[Message, ...]) -> Conversation:
        """The same tools with other messages."""
        return Conversation(messages, self.tools, self.extra)

    def role(self, index: int) -> str:
        """The role of a message, as written."""
        return str(self.messages[index].get("role", ""))


def _check_message(index: int, message: object) -> None:
    if not isinstance(message, dict):
        raise ConversationError(f"Message {index} is not an object with `role` and `content`.")
    if not isinstance(message.get("role"), str):
        raise ConversationError(f"Message {index} has no `role`.")
    if not _are_calls(message.get("tool_calls")):
        raise ConversationError(
            f"The `tool_calls` of message {index} are not a list of objects, each with a `function`."
        )


def _are_calls(value: object) -> bool:
    """Whether this is a list of tool calls, or none is there."""
    if value is None:
        return True
    return isinstance(value, list) and all(
        isinstance(call, dict) and isinstance(call.get("function"), dict | None) for call in value
    )


def _tools(value: object) -> tuple[dict[str, Any], ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(tool, dict) for tool in value):
        raise ConversationError("`tools` is a list of objects, each a function's JSON schema.")
    return tuple(value)


def _extra(value: dict[str, Any]) -> dict[str, Any]:
    return {key: value[key] for key in ("documents",) if value.get(key) is not None}
