"""A bar on a terminal that says how far a file is read; nothing where there is no terminal."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TextIO

_WIDTH = 24
_PAUSE = 0.1
"""Seconds between two drawings."""


class Bar:
    """Drawn over itself on one line, and gone in the end.

    >>> with Bar(sys.stderr, 1000) as bar:
    ...     bar.show(250, "17 rows")
    """

    def __init__(self, stream: TextIO, size: int | None) -> None:
        self._stream, self._size = stream, size
        self._terminal = stream.isatty()
        self._next = 0.0

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal:
            self._write("")

    def show(self, read: int, text: str) -> None:
        """Draw how many bytes were read, at most ten times a second."""
        if self._terminal and time.monotonic() >= self._next:
            self._next = time.monotonic() + _PAUSE
            self._write(f"{drawn(read, self._size)} {text}".strip())

    def _write(self, line: str) -> None:
        print(f"\r\x1b[K{line}", end="", file=self._stream, flush=True)


def drawn(read: int, size: int | None) -> str:
    """The bar; empty where the size is not known.

    >>> drawn(500, 1000)
    '[############            ]  50 %'
    """
    if not size:
        return ""
    share = min(read / size, 1.0)
    filled = int(share * _WIDTH)
    return f"[{'#' * filled}{' ' * (_WIDTH - filled)}] {int(share * 100):3} %"
