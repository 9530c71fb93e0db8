"""Faults that quote what they were sent, in a worker or out of it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from lossmask.engine.worker import limited
from lossmask.settings import Settings


def fail(environment: Mapping[str, str], words: str) -> None:
    """Within a worker."""
    limited(Settings(environment), lambda: quote(words))


def print_and_end(environment: Mapping[str, str], words: str) -> None:
    """As a library in another language does that gives up."""
    for stream in (1, 2):
        os.write(stream, words.encode())
    os.abort()


def quote(words: str) -> None:
    try:
        int(words)
    except ValueError as error:
        raise KeyError(words) from error
