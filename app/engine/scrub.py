"""The environment that a worker sees: what finding files and libraries takes, and nothing else.

Tokens and keys of whoever started the server (`HF_TOKEN`, a cloud's, a database's) are not
among it. Covered on Linux too: `/proc/self/environ`, which shows what a process was started with.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ..settings import SETTINGS

_NAMES = (
    "PATH HOME LANG LANGUAGE TZ TMPDIR TEMP TMP VIRTUAL_ENV LD_LIBRARY_PATH XDG_CACHE_HOME XDG_DATA_HOME "
    "SYSTEMROOT SYSTEMDRIVE WINDIR USERPROFILE APPDATA LOCALAPPDATA PROGRAMDATA NUMBER_OF_PROCESSORS "
    "MALLOC_ARENA_MAX RAYON_NUM_THREADS"
)
_KEPT = frozenset(_NAMES.split()) | {setting.variable for setting in SETTINGS if not setting.secret}
_KEPT_FAMILIES = ("LC_", "PYTHON", "DYLD_", "COVERAGE_")

_ENVIRONMENT_START, _ENVIRONMENT_END = 49, 50
"""Fields of `/proc/self/stat`, counted from 0."""


def scrub() -> None:
    """Take every other variable out of this process's environment."""
    for name in [name for name in os.environ if not is_kept(name)]:
        del os.environ[name]
    if sys.platform == "linux":
        _blank()


def is_kept(name: str) -> bool:
    """Whether a worker gets to see a variable of the operator's.

    >>> is_kept("PATH"), is_kept("HF_TOKEN")
    (True, False)
    """
    return name.upper() in _KEPT or name.startswith(_KEPT_FAMILIES)


def _blank() -> None:
    """Overwrite those variables where the kernel put them when this process was started.

    The library's own list no longer points there, since they were removed from it first.
    """
    for address, entry in _started_with():
        name = entry.partition(b"=")[0].decode(errors="replace")
        if not is_kept(name):
            ctypes.memset(address, 0, len(entry))


def _started_with() -> Iterator[tuple[int, bytes]]:
    # The program's name comes second, in parentheses, and may hold spaces.
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = (int(fields[index - 2]) for index in (_ENVIRONMENT_START, _ENVIRONMENT_END))
    address = start
    for entry in ctypes.string_at(start, end - start).split(b"\0"):
        yield address, entry
        address += len(entry) + 1
