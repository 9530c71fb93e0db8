"""What a user asks for: one conversation, tokenizer, template, strategy and reduction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias, get_args

from ..errors import OptionError
from .conversation import Conversation

Loader: TypeAlias = Literal["auto", "file"]
LossKind: TypeAlias = Literal["pasted", "model", "endpoint"]


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
class LossSource:
    """Where per-token losses come from.

    `value` is the pasted text, array or object; the model's name; or None for the endpoint.
    `options` are a paste's: `kind` (`loss` or `logprob`) and `alignment` (`own` or `next`).
    """

    kind: LossKind
    value: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: object) -> LossSource | None:
        """Read `{"values": …}`, `{"model": NAME}` or `{"endpoint": true}`; null means no losses."""
        if value is None:
            return None
        if not isinstance(value, dict) or len(value.keys() & _LOSSES.keys()) != 1:
            raise OptionError(LOSSES_FORM, code="bad-request")
        (name,) = value.keys() & _LOSSES.keys()
        options = {key: given for key, given in value.items() if key != name and given is not None}
        _check_losses(name, value[name], options)
        kind = _LOSSES[name]
        return cls(kind, None if kind == "endpoint" else value[name], options)


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """Everything an analysis depends on, beside the tokenizer's files and the clock.

    `chat_template` is Jinja source, `bundled:NAME`, `named:NAME` (one of several that the
    tokenizer brings), or None for the tokenizer's own. A `reduction` of None is the strategy's.
    """

    conversation: Conversation
    tokenizer: str = "bundled"
    tokenizer_loader: Loader = "auto"
    chat_template: str | None = None
    template_arguments: Mapping[str, Any] = field(default_factory=dict)
    strategy: Choice = Choice("assistant-turns")
    reduction: Choice | None = None
    today: date | None = None
    losses: LossSource | None = None

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
            reduction=_reduction(value.get("reduction")),
            today=_date(value.get("today")),
            losses=LossSource.from_json(value.get("losses")),
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
    "losses",
)

LOSSES_FORM = (
    '`losses` is {"values": an array or a text}, {"model": "local:FOLDER" or "hub:ORG/NAME"} '
    'or {"endpoint": true}.'
)
_LOSSES: Mapping[str, LossKind] = {"values": "pasted", "model": "model", "endpoint": "endpoint"}
PASTE_OPTIONS = {"kind": ("loss", "logprob"), "alignment": ("own", "next")}


def _check_losses(name: str, value: object, options: Mapping[str, Any]) -> None:
    if name == "values":
        return _check_paste(value, options)
    fits = isinstance(value, str) and value.strip() if name == "model" else value is True
    if options or not fits:
        raise OptionError(LOSSES_FORM, code="bad-request")


def _check_paste(value: object, options: Mapping[str, Any]) -> None:
    if not isinstance(value, str | list | dict):
        raise OptionError("`losses.values` is an array, an object or a text.", code="bad-request")
    for name, given in options.items():
        known = PASTE_OPTIONS.get(name)
        if known is None or given not in known:
            choices = f"is {known[0]!r} or {known[1]!r}" if known else "is no field of it"
            raise OptionError(f"`losses.{name}` {choices}.", code="bad-request")


def _reduction(value: object) -> Choice | None:
    """Null, or an object without a name, leaves the choice to the strategy."""
    if value is None or value == {}:
        return None
    return Choice.from_json(value, "token-mean", "reduction")


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
