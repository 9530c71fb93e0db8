"""What every format shares: its reader, its evidence, its notes, and how it says that a row does not fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ..conversation import Conversation, Message

Format: TypeAlias = Literal["messages", "sharegpt", "alpaca", "prompt-completion", "plain"]
Container: TypeAlias = Literal["json", "array", "jsonl", "text"]
Path: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the root of the pasted value down to a value in it."""

Evidence: TypeAlias = Literal[0, 1, 2]
"""0: not this format. 1: its keys are there, but not as they should be. 2: it looks right."""


class Misfit(Exception):
    """A row is not what its format asks for; `path` leads to the value at fault, or to its parent."""

    def __init__(self, sentence: str, path: Path = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.path = path


@dataclass(slots=True)
class Reading:
    """One reading of one row: the choices of the user, and the notes it gathers, each once."""

    parse_arguments: bool = True
    sentences: dict[str, None] = field(default_factory=dict)

    def note(self, sentence: str) -> None:
        self.sentences.setdefault(sentence)

    def note_left_out(self, row: dict[str, Any], used: tuple[str, ...]) -> None:
        """Name the keys of a row that no conversation has room for; null ones are not worth a word."""
        left = [f"`{key}`" for key, value in row.items() if key not in used and value is not None]
        if not left:
            return
        more = f" and {len(left) - 5} more" if len(left) > 5 else ""
        self.note(f"Not part of the conversation, and left out: {', '.join(left[:5])}{more}.")


@dataclass(frozen=True, slots=True)
class Reader:
    """One format: how it is recognised in a decoded row, and how the row becomes a conversation.

    `detect` never raises; `read` raises `Misfit`.
    """

    name: Format
    title: str
    detect: Callable[[object], Evidence]
    read: Callable[[Any, Reading], Conversation]


def build(
    messages: list[Message], tools: tuple[dict[str, Any], ...] | None, row: dict[str, Any]
) -> Conversation:
    """The conversation, with what a template may read beside messages and tools."""
    extra = {"documents": row["documents"]} if row.get("documents") is not None else {}
    return Conversation(tuple(messages), tools, extra)


def kind_of(value: object) -> str:
    """What a JSON value is, in a sentence.

    >>> kind_of(None), kind_of([1])
    ('null', 'a list')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names = {str: "text", list: "a list", dict: "an object", int: "a number", float: "a number"}
    return names.get(type(value), "of an unknown kind")
