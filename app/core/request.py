"""What a user asks for: one conversation, tokenizer, template, strategy and reduction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias, get_args

from ..errors import OptionError
from .conversation import Conversation

Loader: TypeAlias = Literal["auto", "file"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A name out of a registry, and its options."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: object, default: str, where: str) -> Choice:
        """Read `{"name", "options"}`; null or a missing name gives the default."""
        if value is None:
            return cls(default)
        if isinstance(value, str):
            return cls(value)
        if not isinstance(value, dict):
            raise OptionError(f"`{where}` is an object with a name and options.", code="bad-request")
        options = {} if value.get("options") is None else value["options"]
        name = value.get("name") or default
        if not isinstance(options, dict) or not isinstance(name, str):
            raise OptionError(f"`{where}` is an object with a name and options.", code="bad-request")
        return cls(name, options)


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """Everything an analysis depends on, beside the tokenizer's files and the clock.

    `chat_template` is Jinja source, `bundled:NAME`, `named:NAME` (one of several that the
    tokenizer brings), or None for the tokenizer's own.
    """

    conversation: Conversation
    tokenizer: str = "bundled"
    tokenizer_loader: Loader = "auto"
    chat_template: str | None = None
    template_arguments: Mapping[str, Any] = field(default_factory=dict)
    strategy: Choice = Choice("assistant-turns")
    reduction: Choice = Choice("token-mean")
    today: date | None = None

    @classmethod
    def from_json(cls, value: object) -> AnalysisRequest:
        """Read the body of `POST /api/analyses`.

        Raises:
            OptionError: a field is of the wrong type.
            ConversationError: the conversation is.
        """
        if not isinstance(value, dict):
            raise OptionError("The request is a JSON object.", code="bad-request")
        unknown = sorted(set(value) - set(FIELDS))
        if unknown:
            raise OptionError(
                f"The request has no field {unknown[0]!r}; known: {', '.join(FIELDS)}.", code="bad-request"
            )
        return cls(
            conversation=Conversation.from_json(value.get("conversation")),
            tokenizer=_string(value, "tokenizer", "bundled"),
            tokenizer_loader=_loader(value.get("tokenizer_loader")),
            chat_template=_optional_string(value, "chat_template"),
            template_arguments=_arguments(value.get("template_arguments")),
            strategy=Choice.from_json(value.get("strategy"), "assistant-turns", "strategy"),
            reduction=Choice.from_json(value.get("reduction"), "token-mean", "reduction"),
            today=_date(value.get("today")),
        )


FIELDS = (
    "tokenizer",
    "tokenizer_loader",
    "chat_template",
    "template_arguments",
    "conversation",
    "strategy",
    "reduction",
    "today",
)


def _string(value: Mapping[str, Any], name: str, default: str) -> str:
    return _optional_string(value, name) or default


def _optional_string(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    if found is not None and not isinstance(found, str):
        raise OptionError(f"`{name}` is a string.", code="bad-request")
    return found


def _loader(value: object) -> Loader:
    if value is None:
        return "auto"
    if value not in get_args(Loader):
        raise OptionError("`tokenizer_loader` is 'auto' or 'file'.", code="bad-request")
    return value  # type: ignore[return-value]


def _arguments(value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise OptionError("`template_arguments` is an object.", code="bad-request")
    return value


def _date(value: object) -> date | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise OptionError("`today` is a date such as 2026-11-23.", code="bad-request")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise OptionError(
            f"`today` is a date such as 2026-11-23, not {value!r}.", code="bad-request"
        ) from None
