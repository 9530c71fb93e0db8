"""How long a job kept its worker, told to whoever asked for the job; the wait for a worker is not in it.

>>> spent = []
>>> told = METER.set(spent.append)
>>> with metered():
...     pass
>>> len(spent)
1
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

METER: ContextVar[Callable[[float], None] | None] = ContextVar("METER", default=None)
"""Takes the seconds of each job that is asked for in this context."""


@contextmanager
def metered() -> Iterator[None]:
    """Tell the meter of this context how long the block took, however it ended."""
    start = time.monotonic()
    try:
        yield
    finally:
        tell = METER.get()
        if tell is not None:
            tell(time.monotonic() - start)
