"""What a run tells at its end: lines under a title, whichever process measured what they say.

Tests run in several processes, and only the one that started them writes to the terminal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Lines: TypeAlias = Callable[[], list[str]]

_told_here: dict[str, Lines] = {}
_told_elsewhere: dict[str, list[str]] = {}


def tell(title: str, lines: Lines) -> None:
    """Tell these lines when the tests have ended; there may be none."""
    _told_here[title] = lines


def told() -> dict[str, list[str]]:
    """All lines by their titles, of this process and of those that it heard of."""
    here = {title: lines() for title, lines in _told_here.items()}
    titles = dict.fromkeys((*here, *_told_elsewhere))
    return {title: sorted(here.get(title, []) + _told_elsewhere.get(title, [])) for title in titles}


def heard(elsewhere: dict[str, list[str]]) -> None:
    """Take in what another process tells."""
    for title, lines in elsewhere.items():
        _told_elsewhere.setdefault(title, []).extend(lines)
