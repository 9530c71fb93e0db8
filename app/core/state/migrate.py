"""States of earlier versions, brought forward one version at a time, for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

JSON: TypeAlias = Mapping[str, Any]
Step: TypeAlias = Callable[[JSON], JSON]

STEPS: Mapping[int, Step] = {}
"""From a version to the next; none yet, since 1 is the first."""


def migrated(value: JSON, version: int, current: int, steps: Mapping[int, Step] = STEPS) -> JSON:
    """The state as the current version writes it.

    >>> migrated({"v": 1, "name": "x"}, 1, 2, {1: lambda old: {"title": old["name"]}})
    {'title': 'x', 'v': 2}
    """
    for step in range(version, current):
        value = {**steps[step](value), "v": step + 1}
    return value
