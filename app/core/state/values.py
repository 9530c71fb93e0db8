"""What a field of a state has to be: the value as its type, or which field is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, get_args

from ...errors import LinkError

JSON: TypeAlias = Mapping[str, Any]

LARGEST = 2**31 - 1


def bad(what: str) -> LinkError:
    """The error for what is no state."""
    return LinkError(f"The link does not hold what Lossmask writes: {what}.")


def as_object(value: object, name: str) -> JSON:
    """The value, an object."""
    if not isinstance(value, Mapping):
        raise bad(f"`{name}` is not an object")
    return value


def as_rows(value: object, name: str) -> list[Any]:
    """The value, an array."""
    if not isinstance(value, list):
        raise bad(f"`{name}` is not an array")
    return value


def as_text(value: object, name: str) -> str:
    """The value, a string."""
    if not isinstance(value, str):
        raise bad(f"`{name}` is not a string")
    return value


def as_optional_text(value: object, name: str) -> str | None:
    """The value, a string or null."""
    return None if value is None else as_text(value, name)


def as_integer(value: object, name: str, least: int = 0) -> int:
    """The value, a whole number that a column can hold."""
    if type(value) is not int or not least <= value <= LARGEST:
        raise bad(f"`{name}` is not a number from {least} on")
    return value


def one_of(value: object, allowed: Any, name: str) -> Any:
    """The value, one of a closed set."""
    if not isinstance(value, str) or value not in get_args(allowed):
        raise bad(f"`{name}` is not known")
    return value
