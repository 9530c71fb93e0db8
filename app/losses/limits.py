"""How much memory the process of a model may take (Linux)."""

from __future__ import annotations

import sys
from pathlib import Path

if sys.platform != "win32":
    import resource


def limit_memory(megabytes: int, mapped_bytes: int) -> None:
    """From now on this process may take so much beyond what it holds, and map that many bytes of files.

    Limited is the memory that is its own to write, since a GPU's driver reserves addresses by the
    terabyte. The files of a checkpoint are mapped so too, but read from the disk as they are needed.
    """
    # macOS accepts the limit and does not keep it.
    if sys.platform != "linux":
        return
    limit = _held() + megabytes * 2**20 + mapped_bytes
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def available() -> int | None:
    """Bytes of memory that the machine has to give; None where it does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    found = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return found.get("MemAvailable")


def _held() -> int:
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData:"))
