"""What a field of someone's JSON has to be: the value as its type, or which field is wrong.

Whoever reads a whole says what it was to be: he turns `Unfit` into an error of his own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, get_args

JSON: TypeAlias = Mapping[str, Any]

LARGEST = 2**31 - 1
"""The largest number that a column holds."""


class Unfit(Exception):
    """What is wrong with a value, for the end of a sentence."""


def as_object(value: object, name: str) -> JSON:
    """The value, an object.

    >>> as_object([], "state")
    Traceback (most recent call last):
    lossmask.core.fields.Unfit: `state` is not an object
    """
    if not isinstance(value, Mapping):
        raise Unfit(f"`{name}` is not an object")
    return value


def as_rows(value: object, name: str) -> list[Any]:
    """The value, an array."""
    if not isinstance(value, list):
        raise Unfit(f"`{name}` is not an array")
    return value


def as_text(value: object, name: str) -> str:
    """The value, a string."""
    if not isinstance(value, str):
        raise Unfit(f"`{name}` is not a string")
    return value


def as_optional_text(value: object, name: str) -> str | None:
    """The value, a string or null."""
    return None if value is None else as_text(value, name)


def as_texts(value: object, name: str) -> tuple[str, ...]:
    """The value, an array of strings."""
    return tuple(as_text(row, name) for row in as_rows(value, name))


def as_integer(value: object, name: str, least: int = 0) -> int:
    """The value, a whole number that a column can hold."""
    if type(value) is not int or not least <= value <= LARGEST:
        raise Unfit(f"`{name}` is not a number from {least} on")
    return value


def one_of(value: object, allowed: Any, name: str) -> Any:
    """The value, one of a closed set."""
    if not isinstance(value, str) or value not in get_args(allowed):
        raise Unfit(f"`{name}` is not known")
    return value
