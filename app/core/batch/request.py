"""A batch: what is asked of several conversations that are trained on together, and how they are batched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import get_args

from ...errors import ConversationError, OptionError
from ..conversation import Conversation
from ..request import FIELDS, AnalysisRequest, Choice
from .packing import Packing

_OWN_FIELDS = ("conversations", "batch", "compare_with", "columns")
_SHARED_FIELDS = tuple(name for name in FIELDS if name not in ("conversation", "losses"))
BATCH_FIELDS = (*_SHARED_FIELDS, *_OWN_FIELDS)


@dataclass(frozen=True, slots=True)
class BatchShape:
    """How rows become micro-batches and steps, named as trainers name it.

    `micro_batch_size` counts sequences of one rank: rows, or packs where rows are packed.
    `packing_length` None is the strategy's `max_length`, or else TRL's default.
    """

    micro_batch_size: int = 8
    gradient_accumulation_steps: int = 1
    ranks: int = 1
    packing: Packing | None = None
    packing_length: int | None = None
    padding_free: bool = False

    @classmethod
    def from_json(cls, value: object) -> BatchShape:
        """Read the field `batch`; null and absent fields are the defaults.

        Raises:
            OptionError: `bad-request` for another type or an unknown field.
        """
        if value is None:
            return cls()
        if not isinstance(value, dict):
            raise _bad("`batch` is an object.")
        for name in value:
            if name not in cls.__slots__:
                raise _bad(f"`batch` has no field {name!r}; known: {', '.join(cls.__slots__)}.")
        given = {name: item for name, item in value.items() if item is not None}
        for name, item in given.items():
            _CHECKS[name](name, item)
        return cls(**given)

    @property
    def is_padded(self) -> bool:
        """Whether sequences of one micro-batch are filled up to the longest; TRL's `bfd` never does."""
        return not self.padding_free and self.packing in (None, "wrapped")


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Conversations that share a tokenizer, a template and a strategy, and two reductions to compare.

    `base` is the request of the first conversation alone.
    """

    base: AnalysisRequest
    conversations: tuple[Conversation, ...]
    shape: BatchShape = BatchShape()
    compare_with: Choice | None = None
    columns: bool = False

    @classmethod
    def from_json(cls, value: object) -> BatchRequest:
        """Read the body of `POST /api/batches`.

        Raises:
            OptionError: a field is of the wrong type.
            ConversationError: a conversation is, named by its place counted from 1.
        """
        if not isinstance(value, dict):
            raise _bad("The request is a JSON object.")
        for name in value:
            if name not in BATCH_FIELDS:
                raise _bad(f"The request has no field {name!r}; known: {', '.join(BATCH_FIELDS)}.")
        conversations = _conversations(value.get("conversations"))
        shared = {name: value[name] for name in _SHARED_FIELDS if name in value}
        columns = value.get("columns") or False
        if not isinstance(columns, bool):
            raise _bad("`columns` is true or false.")
        first = conversations[0]
        base = AnalysisRequest.from_json({**shared, "conversation": first.as_json()})
        return cls(
            base,
            conversations,
            BatchShape.from_json(value.get("batch")),
            _compared(value.get("compare_with")),
            columns,
        )

    def rows(self) -> Iterator[AnalysisRequest]:
        """Each conversation's own request."""
        return (replace(self.base, conversation=conversation) for conversation in self.conversations)


def compared_with(first: str) -> Choice:
    """The reduction that is shown beside another where none is named."""
    return Choice("micro-batch-mean" if first == "token-mean" else "token-mean")


def _conversations(value: object) -> tuple[Conversation, ...]:
    if not isinstance(value, list) or not value:
        raise _bad("`conversations` is a list of at least one conversation.")
    return tuple(_conversation(place, item) for place, item in enumerate(value, 1))


def _conversation(place: int, value: object) -> Conversation:
    try:
        return Conversation.from_json(value)
    except ConversationError as error:
        raise ConversationError(f"Conversation {place}: {error.detail}", code=error.code) from None


def _compared(value: object) -> Choice | None:
    return None if value is None else Choice.from_json(value, "micro-batch-mean", "compare_with")


def _bad(sentence: str) -> OptionError:
    return OptionError(sentence, code="bad-request")


def _whole_number(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST:
        raise _bad(f"`{name}` is a whole number from 1 to {_MOST:,}, not {value!r}.")


def _flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise _bad(f"`{name}` is true or false, not {value!r}.")


def _packing(name: str, value: object) -> None:
    known = get_args(Packing)
    if value not in known:
        raise _bad(f"`{name}` is null or one of {', '.join(known)}, not {value!r}.")


_MOST = 10_000_000

_CHECKS = {
    "micro_batch_size": _whole_number,
    "gradient_accumulation_steps": _whole_number,
    "ranks": _whole_number,
    "packing": _packing,
    "packing_length": _whole_number,
    "padding_free": _flag,
}
