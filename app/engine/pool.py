"""The worker processes: how many there are, who waits for one, and what becomes of a job that is stopped.

One job is one whole analysis. A job that runs out of time or memory loses its worker,
which is replaced by a copy of the fork server; a caller that goes away does the same to
its job. Where processes cannot be forked, a new one is spawned and takes seconds.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeAlias, TypeVar

from ..core.analysis import Analysis
from ..core.batch.answer import Batch
from ..core.batch.request import BatchRequest
from ..core.matrix import Matrix
from ..core.request import AnalysisRequest
from ..errors import Busy, LossmaskError, TemplateStopped, TokenizerError
from ..settings import SETTINGS, Settings
from . import limits, worker
from .messages import Garbled
from .meter import metered
from .process import WorkerEnded
from .seat import Seat
from .stages import Stages
from .stopped import crashed, out_of_memory, out_of_time

T = TypeVar("T")
Allowance: TypeAlias = Literal["job_seconds", "batch_seconds"]
"""The setting that is a job's time."""

_GRACE = 1.0
"""Seconds beyond a job's own alarm after which the pool ends it, for platforms without alarms."""

_ATTEMPTS = 3
"""How often a job is begun whose worker ended before it could."""

_log = logging.getLogger(__name__)


class EnginePool:
    """Runs analyses in worker processes.

    >>> async with EnginePool(Settings()) as engine:
    ...     analysis = await engine.analyse(request)
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        environment = {
            setting.variable: settings.text(setting.name) for setting in SETTINGS if not setting.secret
        }
        workers, context = settings.integer("workers"), _context()
        self._places = workers + settings.integer("queue")
        self._jobs = 0
        self._stages = Stages(workers, context)
        self._seats = [Seat(place, self._stages, environment, context) for place in range(workers)]
        self._turns = asyncio.Semaphore(workers)
        self._free = deque(self._seats)
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
        await asyncio.gather(*(seat.close() for seat in self._seats))

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        """The analysis of one request.

        Raises:
            LossmaskError: `Busy` where the queue is full or slow, `TemplateStopped` where a limit was
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

    async def batch(self, request: BatchRequest) -> Batch:
        """What the tokens of several conversations weigh; raises as `analyse` does."""
        return await self.run(worker.batch, request, allowance="batch_seconds")

    async def batch_json(self, request: BatchRequest) -> bytes:
        """As `batch`, written as the body of the API's answer."""
        return await self.run(worker.batch_json, request, allowance="batch_seconds")

    async def run(
        self, function: Callable[..., T], *arguments: Any, allowance: Allowance = "job_seconds"
    ) -> T:
        """Call a module's function in a worker, with the operator's settings as its first argument.

        `allowance` names the setting that is its time. Where the calling task is cancelled, the
        worker is killed.
        """
        if self._jobs >= self._places:
            raise Busy("Every worker is taken and the queue is full; please try again in a moment.")
        self._jobs += 1
        try:
            async with self._turn(), self._seat() as seat:
                with metered():
                    return await self._result(seat, function, arguments, allowance)
        finally:
            self._jobs -= 1

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a free seat, but not for ever; raises `Busy`."""
        try:
            async with asyncio.timeout(self._settings.number("queue_seconds")):
                await self._turns.acquire()
        except TimeoutError:
            raise Busy("Every worker has been busy for long; please try again in a moment.") from None
        try:
            yield
        finally:
            self._turns.release()

    @asynccontextmanager
    async def _seat(self) -> AsyncIterator[Seat]:
        """The free seat used last, whose worker holds the tokenizers and templates of late."""
        seat = self._free.pop()
        try:
            yield seat
        except (asyncio.CancelledError, TemplateStopped, TokenizerError, Busy):
            # Its next worker may be a moment in coming; another seat may have one at once.
            self._free.appendleft(seat)
            raise
        except BaseException:
            self._free.append(seat)
            raise
        self._free.append(seat)

    async def _warm(self) -> None:
        try:
            # Without a turn: whoever comes meanwhile would wait in the queue for a worker that is none yet.
            await asyncio.gather(*(seat.start() for seat in self._seats))
            await asyncio.gather(*(self._warmed() for _ in self._seats))
        except Busy:
            _log.info("The workers had jobs before they were tried.")
        except Exception:
            _log.exception("No worker came up.")

    async def _warmed(self) -> None:
        async with self._turn(), self._seat() as seat:
            await self._result(seat, worker.ready, ())

    async def _result(
        self,
        seat: Seat,
        function: Callable[..., T],
        arguments: tuple[Any, ...],
        allowance: Allowance = "job_seconds",
    ) -> T:
        seconds = self._settings.number("load_seconds") + self._settings.number(allowance) + _GRACE
        for _ in range(_ATTEMPTS):
            self._stages.enter(seat.place, "waiting")
            try:
                result = await seat.run(function, arguments, seconds)
            except WorkerEnded as error:
                if self._stages.at(seat.place) != "waiting":
                    raise self._stopped(error, seat.place, allowance) from None
                _log.warning("%s Its job is begun again.", error)
            except (TimeoutError, Garbled, MemoryError) as error:
                raise self._stopped(error, seat.place, allowance) from None
            else:
                self.ready = True
                return result
        raise Busy("The workers are being started again; please try again in a moment.")

    def _stopped(self, error: Exception, place: int, allowance: Allowance) -> LossmaskError:
        """What to tell of a job whose worker was ended, or ran out of memory."""
        loading = self._stages.at(place) == "loading"
        _log.info("Stopped a job after %.2f s: %s.", self._stages.seconds(place), error)
        cause = _cause(error)
        if cause == "time":
            return out_of_time(self._settings.number("load_seconds" if loading else allowance), loading)
        if cause == "crash":
            return crashed(loading)
        return out_of_memory(self._settings.integer("job_megabytes"), loading)


def _cause(error: Exception) -> Literal["time", "memory", "crash"]:
    if isinstance(error, WorkerEnded):
        return limits.cause_of_death(error.exit_code)
    if isinstance(error, Garbled):
        return "crash"
    return "time" if isinstance(error, TimeoutError) else "memory"


def _context() -> Any:
    """Workers are forked from a server that holds the libraries, where the platform can."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["lossmask.engine.preload"])
    return context
