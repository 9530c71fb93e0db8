"""Answers as the bytes that the API sends: compact JSON in UTF-8.

Not to be called under a job's limit of memory: the library does not look whether it got what it asked for,
and would crash the worker. What is written is bounded by what the job was let hold.
"""

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
