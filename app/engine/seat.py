"""One worker process and whatever takes its place: the seat that a job is given for itself alone.

Each seat has a pool of its own, of one worker, so that a worker that dies, however it dies, takes
along no job but its own, and holds up no other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from pebble import ProcessPool

from ..errors import Busy
from . import limits, worker
from .stages import Stages

T = TypeVar("T")

JOBS_PER_WORKER = 500
"""A worker is then replaced, so that what its libraries keep does not grow for ever."""


class Seat:
    """Runs one job after another; `place` is where its worker notes what it is at."""

    def __init__(self, place: int, stages: Stages, context: Any) -> None:
        self.place = place
        self._stages = stages
        self._context = context
        self._pool: ProcessPool | None = None
        self._starting = threading.Lock()
        self._closed = False

    def schedule(
        self,
        function: Callable[..., T],
        environment: Mapping[str, str],
        arguments: tuple[Any, ...],
        most: float,
    ) -> Future[T]:
        """Start a job, to be ended after `most` seconds; blocks while the first worker is being started.

        Raises:
            Busy: the seat is closed.
            BrokenProcessPool: the worker ended meanwhile; the next attempt has another.
        """
        job = (self.place, function, environment, *arguments)
        # Under the lock, so that the seat is not closed between finding its pool and using it.
        with self._starting:
            pool = self._running()
            try:
                return pool.schedule(worker.call, args=job, timeout=most)
            except RuntimeError as error:
                raise BrokenProcessPool(str(error)) from error

    def renew(self) -> None:
        """Give up a worker that was killed at any moment, and its channel: half an answer may be in it."""
        with self._starting:
            if self._pool is not None:
                self._pool.stop()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """End the worker, whatever it is at."""
        with self._starting:
            self._closed = True
            if self._pool is not None:
                _end(self._pool)

    def _running(self) -> ProcessPool:
        """The pool; a new one at first, and again where it gave up, as it does when its idle worker dies."""
        if self._closed:
            raise Busy("The server is shutting down.")
        if self._pool is not None and self._pool.active:
            return self._pool
        if self._pool is not None:
            _end(self._pool)
        # Workers could else read what this process holds of other users, and what it was started with.
        limits.hide()
        self._pool = ProcessPool(
            max_workers=1,
            max_tasks=JOBS_PER_WORKER,
            initializer=worker.start,
            initargs=(self._stages,),
            context=self._context,
        )
        return self._pool


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
