"""One worker process as the pool sees it: started, asked one thing after another, ended.

The pool's end of the channel belongs to the event loop and never blocks, whatever the worker does.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import struct
import threading
from collections.abc import Mapping
from multiprocessing.connection import wait
from typing import Any

from . import host, limits
from .stages import Stages

_LENGTH = struct.Struct("!i")
"""Of a message, in front of it, as `multiprocessing` has it."""

_READ_AHEAD = 2**20
"""Bytes of an answer that are held before they are asked for."""

MOST_BYTES = 2**30
"""Of an answer; whoever announces more is no worker."""

FAREWELL = 5.0
"""Seconds that a worker has to end by itself once its channel is closed."""

_children = threading.Lock()
"""`multiprocessing` keeps one list of all processes, and looks through it from whichever thread."""


class WorkerEnded(Exception):
    """The worker is gone; `exit_code` is the number of a signal, negative, where one ended it."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(f"A worker ended with {exit_code}.")
        self.exit_code = exit_code


class WorkerProcess:
    """Does one job at a time.

    >>> process = await WorkerProcess.start(context, 0, stages, {})
    >>> answer = await process.ask(job)
    """

    def __init__(self, process: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._process, self._reader, self._writer = process, reader, writer
        self.jobs = 0
        """How many it has done."""

    @classmethod
    async def start(
        cls, context: Any, place: int, stages: Stages, environment: Mapping[str, str]
    ) -> WorkerProcess:
        """A new one; it takes what it is asked once it is up."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = context.Process(
                target=host.serve, args=(place, stages, environment, theirs), daemon=True
            )
            # In a thread, since the first one waits for the fork server, which imports for seconds.
            await asyncio.to_thread(_started, process)
        return cls(process, *await asyncio.open_connection(sock=ours, limit=_READ_AHEAD))

    async def ask(self, message: bytes) -> bytes:
        """What the worker answers; raises WorkerEnded."""
        try:
            self._writer.writelines((_LENGTH.pack(len(message)), message))
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            if not 0 <= length <= MOST_BYTES:
                raise EOFError
            answer = await self._reader.readexactly(length)
        except (EOFError, ConnectionError):
            raise WorkerEnded(await self.end()) from None
        self.jobs += 1
        return answer

    def kill(self) -> None:
        """End it at once, whatever it is at."""
        self._process.kill()

    async def end(self) -> int:
        """Close the channel, wait for the worker to end, and give its exit code."""
        self._writer.close()
        return await asyncio.to_thread(self._ended)

    def _ended(self) -> int:
        if not wait([self._process.sentinel], FAREWELL):
            self.kill()
        with _children:
            self._process.join(FAREWELL)
            return int(self._process.exitcode or 0)


def _started(process: multiprocessing.Process) -> None:
    # Workers could else read what this process holds of other users, and what it was started with.
    limits.hide()
    with _children:
        process.start()
