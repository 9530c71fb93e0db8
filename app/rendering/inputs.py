"""What a template gets to see: plain data whose strings are traced, as transformers would prepare it.

Read in transformers 5.23, `utils/chat_template_utils.py` and `tokenization_utils_base.py`:
keys of a message whose value is None are dropped; reasoning given under any of three names
is passed as `reasoning_content` and, unless it is set, as `thinking`; everything is rebuilt
out of plain JSON types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from ..core.provenance import Origin
from .traced import DERIVED, NO_TURN, Traced

AddSource: TypeAlias = Callable[[Origin], int]

REASONING_FIELDS = ("reasoning_content", "thinking", "reasoning")


class MessageDict(dict[str, Any]):
    """A message that knows its place in the conversation."""

    __slots__ = ("_index",)
    _index: int


# Error messages name the type of a value, and must be those that plain dicts give.
MessageDict.__name__, MessageDict.__module__ = "dict", "builtins"


def trace_messages(messages: Sequence[Mapping[str, Any]], add_source: AddSource) -> list[MessageDict]:
    """The messages, with every string traced to its field."""
    return [_message(index, message, add_source) for index, message in enumerate(messages)]


def _message(index: int, message: Mapping[str, Any], add_source: AddSource) -> MessageDict:
    traced = MessageDict()
    traced._index = index
    kept = {key: value for key, value in message.items() if value is not None}
    for key, field in _fields(kept):
        traced[key] = _field(index, field, kept[field], add_source)
    return traced


def _fields(message: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Pairs of the key a template sees and the field it comes from, in the order it sees them."""
    reasoning = next((name for name in REASONING_FIELDS if name in message), None)
    pairs = {key: key for key in message}
    if reasoning is None:
        return list(pairs.items())
    return list({"thinking": reasoning, **pairs, "reasoning_content": reasoning}.items())


def _field(index: int, field: str, value: Any, add_source: AddSource) -> Any:
    if type(value) is str:
        return _leaf(value, add_source(Origin("message", message=index, field=field)), 0)
    return _nested(
        value, lambda path: Origin("message", message=index, field=field, path=path), (), add_source
    )


def trace_argument(name: str, value: Any, add_source: AddSource) -> Any:
    """A template argument (`tools`, `documents` or any other), with its strings traced to its name."""
    source: list[int] = []

    def once(origin: Origin) -> int:
        if not source:
            source.append(add_source(origin))
        return source[0]

    return _nested(value, lambda path: Origin("argument", name=name), (), once, exact=False)


def trace_variable(name: str, value: str, add_source: AddSource) -> Traced:
    """A special token such as `bos_token`, or another text that the tokenizer provides."""
    return _leaf(value, add_source(Origin("variable", name=name)), DERIVED)


def _leaf(text: str, source: int, offset: int) -> Traced:
    return Traced(text, ((len(text), source, offset, NO_TURN),) if text else ())


def _nested(
    value: Any,
    origin: Callable[[tuple[int | str, ...]], Origin],
    path: tuple[int | str, ...],
    add_source: AddSource,
    exact: bool = True,
) -> Any:
    if isinstance(value, str):
        return _leaf(str.__str__(value), add_source(origin(path)), 0 if exact else DERIVED)
    if isinstance(value, Mapping):
        return {
            _key(key, origin, path, add_source): _nested(item, origin, (*path, key), add_source, exact)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_nested(item, origin, (*path, k), add_source, exact) for k, item in enumerate(value)]
    return value


def _key(
    key: Any,
    origin: Callable[[tuple[int | str, ...]], Origin],
    path: tuple[int | str, ...],
    add_source: AddSource,
) -> Any:
    if not isinstance(key, str):
        return key
    return _leaf(key, add_source(origin(path)), DERIVED)
