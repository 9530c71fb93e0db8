"""A share of a job's time: what takes longer is left, and the job goes on with something else.

The limits of `limits` end the whole worker; this ends one block of Python in it. Covered:
Linux and macOS, in the main thread, where every job runs. Elsewhere a block simply goes on.
Code that never returns to the interpreter is not reached; the worker's own limits end that.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
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
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    deadline = time.monotonic() + seconds

    def look(number: int, frame: FrameType | None) -> None:
        nonlocal deadline
        if time.monotonic() < deadline:
            return
        deadline = time.monotonic() + _AGAIN
        raise OutOfTime

    before = signal.signal(signal.SIGPROF, look)
    # Processor time, since the timer of wall time is the one that ends the worker.
    signal.setitimer(signal.ITIMER_PROF, _TICK, _TICK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
