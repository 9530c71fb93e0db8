"""What one job may take of the machine, set inside the worker that runs it.

Covered on Linux: wall time, CPU time, added memory, no file written, no core dump, an end with
the server; on macOS all but memory and that end. Not covered on Windows, which has neither alarms
nor limits: there only the pool's own time-out ends a job. Every limit is the kernel's, so that it
also ends code that never returns to the interpreter. What a job may ask for is `syscalls`' duty.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from functools import cache
from typing import Literal

if sys.platform != "win32":
    import resource

    _ALARMS = (-signal.SIGALRM, -signal.SIGXCPU)
    _FAULTS = (
        -signal.SIGSEGV,
        -signal.SIGBUS,
        -signal.SIGILL,
        -signal.SIGFPE,
        -signal.SIGTRAP,
        -signal.SIGSYS,
    )

_CPU_SLACK = 2
"""Seconds beyond the wall time, so that the CPU limit only ever ends an orphan."""

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4


def confine() -> None:
    """Once for each worker: it writes no file, leaves no core dump, and dies of SIGTERM at once."""
    if sys.platform == "win32":
        return
    # A handler in Python would wait for code that holds the interpreter, such as a huge power.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def die_with_parent() -> None:
    """Be killed as soon as the process that forked this one is gone (Linux)."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def hide() -> None:
    """Keep other processes of this user out of this one's memory and environment (Linux).

    An administrator still sees both.
    """
    _prctl(_PR_SET_DUMPABLE, 0)


def arm(seconds: float, megabytes: int, threads: int = 1, most: int | None = None) -> None:
    """From now on this process has so much time, on each of its threads, and so much more memory.

    `most` bytes of address space are the most that it has in all.
    """
    if sys.platform == "win32":
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _limit_cpu(seconds * threads)
    _limit_memory(megabytes, most)


def disarm() -> None:
    """Lift what `arm` set."""
    if sys.platform == "win32":
        return
    signal.setitimer(signal.ITIMER_REAL, 0)
    for limit in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
        _set_soft(limit, resource.RLIM_INFINITY)


def cause_of_death(exit_code: int) -> Literal["time", "memory", "crash"]:
    """What ended a worker: an alarm is time; a killed or aborted allocator is memory; a fault is a crash.

    >>> cause_of_death(-signal.SIGALRM), cause_of_death(-signal.SIGSEGV)
    ('time', 'crash')
    """
    if sys.platform == "win32":
        return "memory"
    if exit_code in _ALARMS:
        return "time"
    return "crash" if exit_code in _FAULTS else "memory"


if sys.platform != "win32":

    def _limit_cpu(seconds: float) -> None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = usage.ru_utime + usage.ru_stime
        _set_soft(resource.RLIMIT_CPU, int(used + seconds) + _CPU_SLACK)

    def _limit_memory(megabytes: int, most: int | None) -> None:
        # macOS accepts the limit and does not keep it.
        if sys.platform == "linux":
            limit = address_space() + megabytes * 2**20
            _set_soft(resource.RLIMIT_AS, limit if most is None else min(limit, most))

    def _set_soft(limit: int, value: int) -> None:
        hard = resource.getrlimit(limit)[1]
        if hard != resource.RLIM_INFINITY and (value == resource.RLIM_INFINITY or value > hard):
            value = hard
        resource.setrlimit(limit, (value, hard))


def address_space() -> int:
    """Bytes of address space that this process holds; 0 where the system does not tell (all but Linux)."""
    if sys.platform != "linux":
        return 0
    pages = os.pread(_statm(os.getpid()), 32, 0).split()[0]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@cache
def _statm(process: int) -> int:
    """A descriptor of this process's own figures, which a copy by `fork` opens for itself."""
    return os.open("/proc/self/statm", os.O_RDONLY)


def trim() -> None:
    """Give freed memory back to the system, where the C library can (glibc)."""
    if sys.platform == "linux":
        give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if give_back is not None:
            give_back(0)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)
