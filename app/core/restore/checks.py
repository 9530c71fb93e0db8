"""Columns of a stored analysis: as arrays of the length that they have to be, or which one is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..example import FloatArray
from ..fields import LARGEST, Unfit, as_rows
from ..provenance import IntArray


def integers(value: object, name: str, count: int | None, low: int = 0, high: int = LARGEST) -> IntArray:
    """(count,) integers within `low` and `high`, both included; any number of them where count is None."""
    rows = as_rows(value, name)
    if count is not None and len(rows) != count:
        raise Unfit(f"`{name}` has {len(rows)} entries, not {count}")
    if any(type(row) is not int for row in rows):
        raise Unfit(f"`{name}` holds something that is no integer")
    if rows and not low <= min(rows) <= max(rows) <= high:
        raise Unfit(f"`{name}` holds a number outside {low} to {high}")
    return np.array(rows, dtype=np.int32)


def numbers(value: object, name: str, count: int) -> FloatArray:
    """(count,) numbers; null is NaN."""
    rows = as_rows(value, name)
    if len(rows) != count:
        raise Unfit(f"`{name}` has {len(rows)} entries, not {count}")
    if any(row is not None and type(row) not in (int, float) for row in rows):
        raise Unfit(f"`{name}` holds something that is no number")
    return np.array([np.nan if row is None else row for row in rows], dtype=np.float64)


def spans(value: object, name: str, count: int | None, high: int) -> IntArray:
    """(count, 2) half-open spans up to `high`."""
    rows = as_rows(value, name)
    flat = integers([end for row in rows for end in as_pair(row, name)], name, None, 0, high)
    if count is not None and len(rows) != count:
        raise Unfit(f"`{name}` has {len(rows)} entries, not {count}")
    return flat.reshape(-1, 2)


def as_pair(row: object, name: str) -> Sequence[Any]:
    """The value, an array of two."""
    if not isinstance(row, list) or len(row) != 2:
        raise Unfit(f"`{name}` holds something that is no pair")
    return row


def as_triple(row: object) -> Sequence[Any]:
    """A run: an array of three."""
    if not isinstance(row, list) or len(row) != 3:
        raise Unfit("`runs` holds something that is no triple")
    return row


def as_optional_integer(value: object) -> int | None:
    """The value, an integer or null."""
    if value is not None and type(value) is not int:
        raise Unfit("an origin holds something that is no integer")
    return value
