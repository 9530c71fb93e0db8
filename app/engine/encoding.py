"""Answers as the bytes that the API sends: compact JSON in UTF-8."""

from __future__ import annotations

import json

import orjson


def encoded(value: object) -> bytes:
    r"""Compact JSON; a number that is none, such as an overflown one, is written as null.

    >>> encoded({"text": "é"})
    b'{"text":"\xc3\xa9"}'

    Raises:
        TypeError, ValueError: something in it has no JSON, such as half of a surrogate pair.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        # It knows no whole number of more than 64 bits, which an option may be.
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
