"""A share of a job's time: what takes longer is left, and the job goes on with something else.

The limits of `limits` end the whole worker; this ends one block of Python in it. Covered:
Linux and macOS, in the main thread, where every job runs. Elsewhere a block simply goes on.
Code that never returns to the interpreter is not reached; the worker's own limits end that.
"""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_TICK = 0.01
"""Seconds of processor time between two looks at the clock."""

_AGAIN = 0.5
"""Seconds until a block is told once more, where something swallowed the first time."""


class OutOfTime(BaseException):
    """The block's time is used up. No `Exception`, so that no handler of errors takes it for one."""


@contextmanager
def allowance(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` inside the block once it has taken so many seconds of wall time."""
    with allowances() as share, share(seconds):
        yield


@contextmanager
def allowances() -> Iterator[Callable[[float], Share]]:
    """Give blocks inside, one after another, an `allowance` each, by one timer for all.

    To set a timer takes as long as many a block does.

    >>> with allowances() as share:
    ...     with share(0.5):
    ...         work()
    """
    clock = _Clock()
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield lambda seconds: Share(clock, seconds)
        return
    before = signal.signal(signal.SIGPROF, clock.look)
    # Processor time, since the timer of wall time is the one that ends the worker.
    signal.setitimer(signal.ITIMER_PROF, _TICK, _TICK)
    try:
        yield lambda seconds: Share(clock, seconds)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


class _Clock:
    """When the block under way has to end, on the monotonic clock; never, where there is none."""

    def __init__(self) -> None:
        self.deadline = math.inf

    def look(self, number: int, frame: FrameType | None) -> None:
        if time.monotonic() < self.deadline:
            return
        self.deadline = time.monotonic() + _AGAIN
        raise OutOfTime


class Share:
    """One block's time; a class, since a generator would take longer than the block."""

    __slots__ = ("_clock", "_seconds")

    def __init__(self, clock: _Clock, seconds: float) -> None:
        self._clock, self._seconds = clock, seconds

    def __enter__(self) -> None:
        self._clock.deadline = time.monotonic() + self._seconds

    def __exit__(self, *_: object) -> None:
        self._clock.deadline = math.inf
