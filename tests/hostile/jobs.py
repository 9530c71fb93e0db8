"""What a worker is let do by tests of its confinement: all that an escaped template might try."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lossmask.engine import limits
from lossmask.engine.worker import Environment, limited
from lossmask.settings import Settings

_TYPE = 0x5412
"""`TIOCSTI`, which puts a letter into a terminal as if its user had typed it."""

_VALUE = 12
"""`GETVAL`, which only looks."""


def attempts(environment: Environment, folder: str, port: int) -> dict[str, str]:
    """Each attempt by name, with the name of the exception it failed with, or `done`."""
    path = Path(folder)
    tried: dict[str, Callable[[], object]] = {
        "a socket": socket.socket,
        "a socket of the machine": lambda: socket.socket(socket.AF_UNIX),
        "a connection": lambda: socket.create_connection(("127.0.0.1", port), timeout=2),
        "a new file": lambda: (path / "new").touch(),
        "a file emptied": lambda: (path / "there").open("w").close(),
        "a file appended to": lambda: (path / "there").open("a").close(),
        "a file removed": lambda: (path / "there").unlink(),
        "a file renamed": lambda: (path / "there").rename(path / "gone"),
        "a file's mode": lambda: (path / "there").chmod(0o777),
        "a link": lambda: (path / "link").symlink_to(path / "there"),
        "a folder": lambda: (path / "folder").mkdir(),
        "a program": lambda: subprocess.run(["true"], check=True),
        "a fork": os.fork,
        "a program in its place": lambda: os.execv("/bin/true", ["true"]),
        "a signal to its parent": lambda: os.kill(os.getppid(), 0),
        "its parent's memory": lambda: _peek(os.getppid()),
        "words typed into a terminal": lambda: fcntl.ioctl(0, _TYPE, b"x"),
        "memory that is shared": lambda: _called("shmget", 4711, 1, 0),
        "a semaphore of others": lambda: _called("semctl", 0, 0, _VALUE),
        "a file without a name": lambda: os.memfd_create("x"),
        "another root": lambda: os.chroot("/"),
        "a namespace of its own": lambda: _called("unshare", 0x10000000),
    }
    return {name: _outcome(attempt) for name, attempt in tried.items()}


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except Exception as error:
        return type(error).__name__
    return "done"


def _called(name: str, *arguments: int) -> None:
    """Call a function of the C library that Python does not offer."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)


def _peek(process: int) -> None:
    """As root this is allowed by the kernel, so only the call that writes is tried."""
    with Path(f"/proc/{process}/mem").open("r+b"):
        return


def threads(environment: Environment) -> list[int]:
    """Threads may be started, and are confined as well."""
    found: list[int] = []

    def run() -> None:
        with contextlib.suppress(PermissionError):
            socket.socket()
            return
        found.append(1)

    started = [threading.Thread(target=run) for _ in range(3)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return found


def surroundings(environment: Environment) -> dict[str, Any]:
    """What a worker can find out of the environment that the server was started with."""
    return {
        "variables": dict(os.environ),
        "started with": Path("/proc/self/environ").read_text(errors="replace"),
        "settings": dict(environment),
        "id": os.getpid(),
        "open": sorted(map(_target, os.listdir("/proc/self/fd"))),
    }


def _target(descriptor: str) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return ""


def speak(environment: Environment, words: str) -> None:
    """Say something on both streams, past Python's own buffers too."""
    for stream in (sys.stdout, sys.stderr):
        print(words, file=stream, flush=True)
        os.write(stream.fileno(), words.encode())


def take(environment: Environment, megabytes: int) -> int:
    # What is garbage already would else be given back in between, and leave room for more.
    gc.collect()
    limits.trim()
    return limited(Settings(environment), lambda: len(bytearray(megabytes * 2**20)))


def processor_limit(environment: Environment) -> float:
    """Seconds of processor time that a job has from now on."""
    import resource

    def left() -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return resource.getrlimit(resource.RLIMIT_CPU)[0] - used.ru_utime - used.ru_stime

    return limited(Settings(environment), left)


def burn(environment: Environment, seconds: float) -> None:
    """Spend processor time."""
    import time

    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def process_id(environment: Environment) -> int:
    return os.getpid()


def sleep(environment: Environment, seconds: float) -> None:
    import time

    time.sleep(seconds)
