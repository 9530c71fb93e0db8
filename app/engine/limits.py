"""What one job may take of the machine, set inside the worker that runs it.

Covered on Linux: wall time, CPU time, added memory, no file written, no core dump; on macOS
all but memory. Not covered on Windows, which has neither alarms nor limits: there only the
pool's own time-out ends a job. Every limit is the kernel's, so that it also ends code that
never returns to the interpreter. It is no sandbox: a job keeps the rights of its user.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Literal

if sys.platform != "win32":
    import resource

_CPU_SLACK = 2
"""Seconds beyond the wall time, so that the CPU limit only ever ends an orphan."""


def confine() -> None:
    """Once for each worker: it writes no file, leaves no core dump, and dies of SIGTERM at once."""
    if sys.platform == "win32":
        return
    # A handler in Python would wait for code that holds the interpreter, such as a huge power.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def arm(seconds: float, megabytes: int) -> None:
    """From now on this process has so much time, and so much memory beyond what it holds."""
    if sys.platform == "win32":
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _limit_cpu(seconds)
    _limit_memory(megabytes)


def disarm() -> None:
    """Lift what `arm` set."""
    if sys.platform == "win32":
        return
    signal.setitimer(signal.ITIMER_REAL, 0)
    for limit in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
        _set_soft(limit, resource.RLIM_INFINITY)


def cause_of_death(exit_code: int) -> Literal["time", "memory"]:
    """Which limit ended a worker: an alarm is time; a killed or aborted allocator is memory.

    >>> cause_of_death(-signal.SIGALRM)
    'time'
    """
    if sys.platform == "win32":
        return "memory"
    return "time" if exit_code in (-signal.SIGALRM, -signal.SIGXCPU) else "memory"


if sys.platform != "win32":

    def _limit_cpu(seconds: float) -> None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = usage.ru_utime + usage.ru_stime
        _set_soft(resource.RLIMIT_CPU, int(used + seconds) + _CPU_SLACK)

    def _limit_memory(megabytes: int) -> None:
        # macOS accepts the limit and does not keep it.
        if sys.platform == "linux":
            _set_soft(resource.RLIMIT_AS, address_space() + megabytes * 2**20)

    def _set_soft(limit: int, value: int) -> None:
        hard = resource.getrlimit(limit)[1]
        if hard != resource.RLIM_INFINITY and (value == resource.RLIM_INFINITY or value > hard):
            value = hard
        resource.setrlimit(limit, (value, hard))


def address_space() -> int:
    """Bytes of address space that this process holds (Linux)."""
    pages = Path("/proc/self/statm").read_text().split()[0]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
