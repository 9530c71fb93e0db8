"""Every masking rule by name, in the order in which they are offered."""

from __future__ import annotations

from ..errors import OptionError
from . import assistant_turns, full, generation_tags
from .base import Strategy

STRATEGIES: dict[str, Strategy] = {
    module.STRATEGY.name: module.STRATEGY for module in (assistant_turns, generation_tags, full)
}


def strategy(name: str) -> Strategy:
    """The masking rule of that name.

    Raises:
        OptionError: `unknown-strategy`, naming those there are.
    """
    if name not in STRATEGIES:
        known = ", ".join(STRATEGIES)
        raise OptionError(f"There is no strategy {name!r}; known: {known}.", code="unknown-strategy")
    return STRATEGIES[name]
