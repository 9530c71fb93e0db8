"""The worker processes: how many there are, who waits for one, and what becomes of a job that is stopped.

One job is one whole analysis. A job that runs out of time or memory loses its worker,
which is replaced by a copy of the fork server; a caller that goes away does the same to
its job. Where processes cannot be forked, a new one is spawned and takes seconds.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NoReturn, TypeVar

from pebble import ProcessExpired, ProcessPool

from ..core.analysis import Analysis
from ..core.matrix import Matrix
from ..core.request import AnalysisRequest
from ..errors import Busy, TemplateStopped
from ..settings import SETTINGS, Settings
from . import limits, worker

T = TypeVar("T")

JOBS_PER_WORKER = 500
"""A worker is then replaced, so that what its libraries keep does not grow for ever."""

_GRACE = 1.0
"""Seconds beyond a job's own alarm after which the pool ends it, for platforms without alarms."""

_log = logging.getLogger(__name__)


class EnginePool:
    """Runs analyses in worker processes.

    >>> async with EnginePool(Settings()) as engine:
    ...     analysis = await engine.analyse(request)
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._environment = {setting.variable: settings.text(setting.name) for setting in SETTINGS}
        self._workers = settings.integer("workers")
        self._places = self._workers + settings.integer("queue")
        self._jobs = 0
        self._pool: ProcessPool | None = None
        self._starting = threading.Lock()
        self._closed = False
        self._warming: asyncio.Task[None] | None = None
        self.ready = False
        """Whether a worker has come up, so that an analysis starts at once."""

    async def __aenter__(self) -> EnginePool:
        self._warming = asyncio.create_task(self._warm())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.ready = False
        if self._warming is not None:
            self._warming.cancel()
        await asyncio.to_thread(self._close)

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        """The analysis of one request.

        Raises:
            LossmaskError: `Busy` where the queue is full, `TemplateStopped` where a limit was
                reached, and whatever the analysis itself raises.
        """
        return await self.run(worker.analyse, request)

    async def analyse_json(self, request: AnalysisRequest) -> bytes:
        """As `analyse`, written as the body of the API's answer."""
        return await self.run(worker.analyse_json, request)

    async def matrix(
        self, request: AnalysisRequest, options: worker.OptionsByStrategy | None = None
    ) -> Matrix:
        """Every masking rule over one conversation; raises as `analyse` does."""
        return await self.run(worker.matrix, request, options or {})

    async def matrix_json(
        self, request: AnalysisRequest, options: worker.OptionsByStrategy | None = None
    ) -> bytes:
        """As `matrix`, written as the body of the API's answer."""
        return await self.run(worker.matrix_json, request, options or {})

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a module's function in a worker, with the operator's settings as its first argument.

        Where the calling task is cancelled, the worker is killed.
        """
        if self._jobs >= self._places:
            raise Busy("Every worker is taken and the queue is full; please try again in a moment.")
        self._jobs += 1
        try:
            return await self._result(function, arguments)
        finally:
            self._jobs -= 1

    async def _warm(self) -> None:
        try:
            await self._result(worker.ready, ())
        except Exception:
            _log.exception("No worker came up.")

    async def _result(self, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        try:
            result = await asyncio.wrap_future(await self._scheduled(function, arguments))
        except (TimeoutError, ProcessExpired, MemoryError, BrokenProcessPool) as error:
            self._stopped(error)
        self.ready = True
        return result

    async def _scheduled(self, function: Callable[..., T], arguments: tuple[Any, ...]) -> Future[T]:
        # In a thread, since starting the first worker waits for the fork server, which imports for seconds.
        return await asyncio.to_thread(self._schedule, function, arguments)

    def _schedule(self, function: Callable[..., T], arguments: tuple[Any, ...]) -> Future[T]:
        seconds = self._settings.number("load_seconds") + self._settings.number("job_seconds") + _GRACE
        pool = self._running_pool()
        return pool.schedule(function, args=(self._environment, *arguments), timeout=seconds)

    def _running_pool(self) -> ProcessPool:
        """The pool; a new one at first, and again where it gave up, as it does when an idle worker dies."""
        with self._starting:
            if self._closed:
                raise Busy("The server is shutting down.")
            if self._pool is not None and self._pool.active:
                return self._pool
            if self._pool is not None:
                _end(self._pool)
            self._pool = ProcessPool(
                max_workers=self._workers,
                max_tasks=JOBS_PER_WORKER,
                initializer=worker.start,
                context=_context(),
            )
            return self._pool

    def _close(self) -> None:
        with self._starting:
            self._closed = True
            if self._pool is not None:
                _end(self._pool)

    def _stopped(self, error: Exception) -> NoReturn:
        if isinstance(error, BrokenProcessPool):
            _log.error("The workers ended and are started again.", exc_info=error)
            raise Busy("The workers are being started again; please try again in a moment.") from None
        if _ran_out_of_time(error):
            raise self._out_of_time() from None
        raise self._out_of_memory() from None

    def _out_of_time(self) -> TemplateStopped:
        seconds = self._settings.number("job_seconds")
        return TemplateStopped(
            f"The analysis did not end within {seconds:g} seconds and was stopped. "
            "The usual cause is a loop in the chat template that goes on for ever.",
            code="template-timeout",
        )

    def _out_of_memory(self) -> TemplateStopped:
        megabytes = self._settings.integer("job_megabytes")
        return TemplateStopped(
            f"The analysis needed more than {megabytes} MiB of memory and was stopped. "
            "The usual cause is a chat template that repeats text without end.",
            code="template-memory",
        )


def _ran_out_of_time(error: Exception) -> bool:
    if isinstance(error, ProcessExpired):
        return limits.cause_of_death(error.exitcode) == "time"
    return isinstance(error, TimeoutError)


def _context() -> Any:
    """Workers are forked from a server that holds the libraries, where the platform can."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["lossmask.engine.preload"])
    return context


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
