"""Counts and turns, written out for sentences."""

from __future__ import annotations

from collections.abc import Sequence


def tokens(count: int, noun: str = "token") -> str:
    """A count with its noun.

    >>> tokens(1), tokens(3, "trained token")
    ('1 token', '3 trained tokens')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def turns(messages: Sequence[int]) -> str:
    """Turns by their numbers, of which the first is 1.

    >>> turns([1]), turns([1, 3])
    ('turn 2', 'turns 2, 4')
    """
    numbers = [str(message + 1) for message in messages[:6]]
    more = ", …" if len(messages) > 6 else ""
    return f"turn{'' if len(messages) == 1 else 's'} {', '.join(numbers)}{more}"
