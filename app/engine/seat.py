"""One worker process and whatever takes its place: the seat that a job is given for itself alone.

A worker that dies, however it dies, takes along no job but its own, and holds up no other.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from ..errors import Busy
from .messages import unpacked
from .process import WorkerProcess
from .stages import Stages

T = TypeVar("T")

JOBS_PER_WORKER = 5_000
"""A worker is then replaced, so that what its libraries keep does not grow for ever."""


class Seat:
    """Runs one job after another; `place` is where its worker notes what it is at."""

    def __init__(self, place: int, stages: Stages, environment: Mapping[str, str], context: Any) -> None:
        self.place = place
        self._stages, self._environment, self._context = stages, environment, context
        self._worker: asyncio.Task[WorkerProcess] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    async def start(self) -> None:
        """Have a worker before a job needs one."""
        await self._up()

    async def run(self, function: Callable[..., T], arguments: tuple[Any, ...], most: float) -> T:
        """Do a job, and end it after `most` seconds; where the calling task is cancelled, at once.

        Raises:
            Busy: the seat is closed.
            TimeoutError, WorkerEnded: the job was ended, or its worker; the next one has another.
            Exception: whatever the job raised.
        """
        worker = await self._up()
        try:
            async with asyncio.timeout(most):
                message = await worker.ask(pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL))
            well, answer = unpacked(message)
        except BaseException:
            self._replace(worker)
            raise
        if worker.jobs >= JOBS_PER_WORKER:
            self._replace(worker)
        if not well:
            raise answer
        result: T = answer
        return result

    async def close(self) -> None:
        """End the worker, whatever it is at."""
        self._closed = True
        if self._worker is not None:
            with suppress(Exception):
                await self._end(await self._worker)
        await asyncio.gather(*self._ending)

    async def _up(self) -> WorkerProcess:
        if self._closed:
            raise Busy("The server is shutting down.")
        if self._worker is None or (self._worker.done() and self._worker.exception() is not None):
            self._worker = asyncio.create_task(self._started())
        # Whoever goes away while it starts leaves it to the next job.
        return await asyncio.shield(self._worker)

    async def _started(self) -> WorkerProcess:
        return await WorkerProcess.start(self._context, self.place, self._stages, self._environment)

    def _replace(self, worker: WorkerProcess) -> None:
        """End a worker and start the next, so that it is up when the next job comes."""
        ending = asyncio.create_task(self._end(worker))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        self._worker = None if self._closed else asyncio.create_task(self._started())

    async def _end(self, worker: WorkerProcess) -> None:
        worker.kill()
        await worker.end()
