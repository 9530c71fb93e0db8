"""Small questions about stretches of text."""

from __future__ import annotations


def shared_prefix(first: str, second: str) -> int:
    """How many characters two texts begin with in common.

    >>> shared_prefix("assistant", "assist me")
    6
    """
    if second.startswith(first):
        return len(first)
    # Halving compares whole slices at once, which matters where the texts part late.
    same, differ = 0, len(first)
    while differ - same > 1:
        middle = (same + differ) // 2
        if second.startswith(first[same:middle], same):
            same = middle
        else:
            differ = middle
    return same
