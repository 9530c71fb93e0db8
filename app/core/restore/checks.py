"""What a field of a stored analysis has to be: the value as its type, or which field is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, get_args

import numpy as np

from ...errors import ConversationError
from ..example import FloatArray
from ..provenance import IntArray

JSON: TypeAlias = Mapping[str, Any]

LIMIT = 2**31 - 1
"""The largest number that a column holds."""


def bad(what: str) -> ConversationError:
    """The error for a text that is no analysis."""
    return ConversationError(f"This is not an analysis of Lossmask: {what}.", code="bad-analysis")


def as_object(value: object, name: str) -> JSON:
    """The value, an object."""
    if not isinstance(value, Mapping):
        raise bad(f"`{name}` is not an object")
    return value


def as_rows(value: object, name: str) -> Sequence[Any]:
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


def as_texts(value: object, name: str) -> tuple[str, ...]:
    """The value, an array of strings."""
    return tuple(as_text(row, name) for row in as_rows(value, name))


def one_of(value: object, allowed: Any, name: str) -> Any:
    """The value, one of a closed set."""
    if value not in get_args(allowed):
        raise bad(f"`{name}` is {value!r}" if isinstance(value, str) else f"`{name}` is not known")
    return value


def integers(value: object, name: str, count: int | None, low: int = 0, high: int = LIMIT) -> IntArray:
    """(count,) integers within `low` and `high`, both included; any number of them where count is None."""
    rows = as_rows(value, name)
    if count is not None and len(rows) != count:
        raise bad(f"`{name}` has {len(rows)} entries, not {count}")
    if any(type(row) is not int for row in rows):
        raise bad(f"`{name}` holds something that is no integer")
    if rows and not low <= min(rows) <= max(rows) <= high:
        raise bad(f"`{name}` holds a number outside {low} to {high}")
    return np.array(rows, dtype=np.int32)


def numbers(value: object, name: str, count: int) -> FloatArray:
    """(count,) numbers; null is NaN."""
    rows = as_rows(value, name)
    if len(rows) != count:
        raise bad(f"`{name}` has {len(rows)} entries, not {count}")
    if any(row is not None and type(row) not in (int, float) for row in rows):
        raise bad(f"`{name}` holds something that is no number")
    return np.array([np.nan if row is None else row for row in rows], dtype=np.float64)


def spans(value: object, name: str, count: int | None, high: int) -> IntArray:
    """(count, 2) half-open spans up to `high`."""
    rows = as_rows(value, name)
    flat = integers([end for row in rows for end in as_pair(row, name)], name, None, 0, high)
    if count is not None and len(rows) != count:
        raise bad(f"`{name}` has {len(rows)} entries, not {count}")
    return flat.reshape(-1, 2)


def as_pair(row: object, name: str) -> Sequence[Any]:
    """The value, an array of two."""
    if not isinstance(row, list) or len(row) != 2:
        raise bad(f"`{name}` holds something that is no pair")
    return row


def as_triple(row: object) -> Sequence[Any]:
    """A run: an array of three."""
    if not isinstance(row, list) or len(row) != 3:
        raise bad("`runs` holds something that is no triple")
    return row


def as_optional_integer(value: object) -> int | None:
    """The value, an integer or null."""
    if value is not None and type(value) is not int:
        raise bad("an origin holds something that is no integer")
    return value
