"""Texts, counts and turns, written out for sentences."""

from __future__ import annotations

from collections.abc import Sequence


def quoted(text: str) -> str:
    """Text for a sentence: between backquotes, line breaks visible, shortened."""
    shown = text if len(text) <= 40 else f"{text[:25]}…{text[-12:]}"
    return "`" + shown.replace("\n", "\\n").replace("\t", "\\t") + "`"


def tokens(count: int, noun: str = "token") -> str:
    """A count with its noun.

    >>> tokens(1), tokens(3, "trained token")
    ('1 token', '3 trained tokens')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def listed(values: Sequence[int]) -> str:
    """Token ids, of which the first 16 are told.

    >>> listed([7, 8])
    '[7, 8]'
    """
    return f"[{', '.join(map(str, values[:16]))}{', …' if len(values) > 16 else ''}]"


def turns_named(numbers: Sequence[int]) -> str:
    """Turns for a sentence.

    >>> turns_named([2, 4, 6])
    'turns 2, 4 and 6'
    """
    if len(numbers) == 1:
        return f"turn {numbers[0]}"
    shown = numbers if len(numbers) <= 6 else numbers[:5]
    rest = f"{len(numbers) - 5} more" if len(numbers) > 6 else str(shown[-1])
    listed = shown if len(numbers) > 6 else shown[:-1]
    return f"turns {', '.join(map(str, listed))} and {rest}"
