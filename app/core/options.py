"""Options by name, as strategies and reductions have them: all of them checked, absent ones by default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..errors import OptionError


class Readable(Protocol):
    """An option: its name, its value where none is given, and how a given one is checked."""

    @property
    def name(self) -> str: ...

    @property
    def default(self) -> Any: ...

    def read(self, value: Any) -> Any: ...


def read_options(owner: str, options: Sequence[Readable], given: Mapping[str, Any]) -> dict[str, Any]:
    """Every option's value: what was given, checked, or its default where it is absent.

    Raises:
        OptionError: `bad-option`, also for a name that the owner does not have.
    """
    known = [option.name for option in options]
    for name in given:
        if name not in known:
            raise OptionError(f"{owner} has no option {name!r}; it has: {', '.join(known) or 'none'}.")
    return {
        option.name: option.read(given[option.name]) if option.name in given else option.default
        for option in options
    }
