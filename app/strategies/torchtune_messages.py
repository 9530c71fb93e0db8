"""Messages as torchtune's `OpenAIToMessages` takes them, which of them it masks, and which it refuses.

Source: torchtune 0.6.1 and main at commit bd2a0fc7, `data/_messages.py` (`OpenAIToMessages`,
`mask_messages`, `validate_messages`). Quirk, kept: a message whose content is null says what the
message before it said. Tool calls and thinking are left out.
Not covered: images, `new_system_prompt`, `column_map`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..core.conversation import Conversation
from ..core.example import Refusal
from .option import Options

TRAIN_ON_ALL, TRAIN_ON_ASSISTANT, TRAIN_ON_LAST = "train_on_all", "train_on_assistant", "train_on_last"
_RESULTS = ("tool", "ipython")


class Words(NamedTuple):
    """A text of some message's content: `path` leads to it where the content is a list."""

    message: int
    path: tuple[int | str, ...]
    text: str


class Turn(NamedTuple):
    """One message."""

    role: str
    words: tuple[Words, ...]
    masked: bool


def turns_of(messages: Sequence[Mapping[str, Any]], masked: Sequence[bool]) -> list[Turn]:
    """The messages, whose texts may be traced.

    Raises:
        Refusal: `error`, where torchtune raises.
    """
    found: list[Turn] = []
    words: tuple[Words, ...] | None = None
    for index, message in enumerate(messages):
        given = _words(index, message.get("content"))
        words = words if given is None else given
        if words is None:
            raise Refusal("error", f"Message {index + 1} has no content, and no message before it has one.")
        found.append(Turn(str(message["role"]), words, masked[index]))
    return found


def _words(index: int, content: Any) -> tuple[Words, ...] | None:
    if isinstance(content, str):
        return (Words(index, (), content),)
    if not isinstance(content, list):
        return None
    return tuple(_part(index, number, part) for number, part in enumerate(content) if _is_text(part))


def _is_text(part: Any) -> bool:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind is None:
        raise Refusal("error", "A part of a content is an object with a `type`.")
    if kind == "image_url":
        raise Refusal("error", "Images are not covered.")
    return bool(kind == "text")


def _part(index: int, number: int, part: Any) -> Words:
    if not isinstance(part.get("text"), str):
        raise Refusal("error", "A part of type text has a `text`.")
    return Words(index, (number, "text"), part["text"])


def masked_by_input(roles: Sequence[str], train_on_input: bool) -> list[bool]:
    """Which messages 0.6.1 masks: all but the assistant's, or none."""
    return [role != "assistant" and not train_on_input for role in roles]


def masked_by_strategy(roles: Sequence[str], options: Options) -> list[bool]:
    """Which messages main masks: those of the system always."""
    what = options["masking_strategy"]
    if options["train_on_input"] is not None:
        what = TRAIN_ON_ALL if options["train_on_input"] else TRAIN_ON_ASSISTANT
    replies = [index for index, role in enumerate(roles) if role == "assistant"]
    trained = {
        TRAIN_ON_ALL: {index for index, role in enumerate(roles) if role != "system"},
        TRAIN_ON_ASSISTANT: set(replies),
        TRAIN_ON_LAST: set(replies[-1:]),
    }
    return [index not in trained[what] for index in range(len(roles))]


def validate(conversation: Conversation, before_reply: Sequence[str], takes_results: bool) -> None:
    """Refuse what torchtune's check refuses.

    `before_reply` are the roles after which an assistant may speak. Main has a tool's result follow
    a message marked as a tool call, which `OpenAIToMessages` never marks: it takes no results.

    Raises:
        Refusal: `error`.
    """
    count = len(conversation.messages)
    if count < 2:
        raise Refusal("error", "torchtune takes conversations of 2 messages or more, and this one has 1.")
    before = "assistant"
    for index in range(count):
        role = conversation.role(index)
        fault = _fault(role, before, index, before_reply, takes_results)
        if fault is not None:
            raise Refusal("error", f"Message {index + 1} {fault}, which torchtune refuses.")
        before = role


def _fault(
    role: str, before: str, index: int, before_reply: Sequence[str], takes_results: bool
) -> str | None:
    if role == "assistant" and before not in before_reply:
        return f"is the assistant's and follows no {' or '.join(before_reply)} message"
    if role == before == "user":
        return "is a user's after a user's"
    if role == "system" and index:
        return "is the system's and not the first"
    if role in _RESULTS and not takes_results:
        return "is a tool's result, and no message before it is marked as a tool call"
    return None
