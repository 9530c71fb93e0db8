"""How many threads the tokenizer's library may use at once, which only a batch is worth.

A worker starts with one thread, so that forking it is safe. Nothing forks a worker, so its own
jobs may start more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 4
"""Each thread takes address space, which counts towards a job's memory."""

_SWITCH = "TOKENIZERS_PARALLELISM"


@contextmanager
def encoding_threads() -> Iterator[int]:
    """Let `encode_batch` use several cores meanwhile; gives how many threads that makes at most."""
    before = os.environ.get(_SWITCH)
    count = min(os.cpu_count() or 1, MOST)
    # The library reads both when it encodes: the one each time, the other when its threads start.
    os.environ.setdefault("RAYON_NUM_THREADS", str(count))
    os.environ[_SWITCH] = "true"
    try:
        yield count
    finally:
        if before is None:
            del os.environ[_SWITCH]
        else:
            os.environ[_SWITCH] = before
