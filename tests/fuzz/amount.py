"""Whether this run of the tests is the short one or the thorough one, and how many examples that makes."""

from __future__ import annotations

import os

from hypothesis import Phase


def is_thorough() -> bool:
    """Whether `LOSSMASK_FUZZ=thorough` asks for a long run."""
    return os.environ.get("LOSSMASK_FUZZ") == "thorough"


def examples(short: int, thorough: int) -> int:
    """How many inputs a property is tried with."""
    return thorough if is_thorough() else short


def phases() -> tuple[Phase, ...]:
    """Of tests that ask a server: a long run makes what it found no smaller, which takes as long again."""
    return (Phase.explicit, Phase.generate) if is_thorough() else tuple(Phase)
