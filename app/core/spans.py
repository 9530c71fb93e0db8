"""Small questions about stretches of text."""

from __future__ import annotations


def shared_prefix(first: str, second: str) -> int:
    """How many characters two texts begin with in common.

    >>> shared_prefix("assistant", "assist me")
    6
    """
    if second.startswith(first):
        return len(first)
    if first.startswith(second):
        return len(second)
    return next(index for index, (one, other) in enumerate(zip(first, second, strict=False)) if one != other)
