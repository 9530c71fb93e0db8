"""Losses that outlive the request that asked for them: each a job with an id, progress, a result, and an end.

Covered: one model at a time while others wait their turn, a limit on how many may wait, results kept
for some minutes. Not covered: jobs after a restart of the server; they are gone with it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from ..core.analysis import Analysis
from ..core.request import LossSource
from ..errors import Busy, LossmaskError, ModelError
from ..settings import Settings
from .known import KnownLosses
from .progress import Progress, Report, ignore
from .source import with_losses

T = TypeVar("T")
State: TypeAlias = Literal["running", "done", "failed", "cancelled"]

AT_ONCE = 4
"""Jobs under way or waiting; a further one is refused."""

KEPT = 8
KEPT_SECONDS = 900.0
"""How many results of jobs that have ended are kept, and how long."""


@dataclass(slots=True, eq=False)
class LossJob(Generic[T]):
    """One job; its id is a secret of whoever started it."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    progress: Progress = field(default_factory=lambda: Progress("waiting"))
    ended: float | None = None
    _task: asyncio.Task[T] | None = None

    @property
    def state(self) -> State:
        """Where it stands; a fault of this program counts as failed too."""
        if self._task is None or not self._task.done():
            return "running"
        if self._task.cancelled():
            return "cancelled"
        return "done" if self._task.exception() is None else "failed"

    @property
    def error(self) -> BaseException | None:
        """Why it failed; None where it did not."""
        failed = self._task is not None and self.state == "failed"
        return self._task.exception() if failed and self._task is not None else None

    @property
    def result(self) -> T:
        """What it found, once it is done."""
        assert self._task is not None
        return self._task.result()

    def report(self, progress: Progress) -> None:
        """Take note of how far it is."""
        self.progress = progress

    def start(self, work: Coroutine[Any, Any, T]) -> None:
        """Begin; `report` is what the work tells its progress to."""
        self._task = asyncio.create_task(work)
        self._task.add_done_callback(self._end)

    def cancel(self) -> None:
        """End it; what it started is killed."""
        if self._task is not None:
            self._task.cancel()

    async def wait(self) -> None:
        """Until it has ended, however it did."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def _end(self, task: asyncio.Task[T]) -> None:
        self.ended = time.monotonic()
        if not task.cancelled() and not isinstance(task.exception(), LossmaskError | None):
            # Said to the loop's handler, so that a fault of this program stands in the server's log.
            context = {"message": "A job for losses failed.", "exception": task.exception(), "task": task}
            task.get_loop().call_exception_handler(context)


class LossJobs:
    """Every job of this server, and the turn that those with a model wait for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._jobs: dict[str, LossJob[Any]] = {}
        self._turn = asyncio.Lock()
        self._waiting = 0
        self.known = KnownLosses()

    def start(self, work: Callable[[Report], Coroutine[Any, Any, T]]) -> LossJob[T]:
        """Begin some work as a job.

        Raises:
            Busy: too many are under way.
        """
        self._forget()
        if sum(job.state == "running" for job in self._jobs.values()) >= AT_ONCE:
            raise Busy("Several jobs for losses are under way already; please try again in a moment.")
        job: LossJob[T] = LossJob()
        self._jobs[job.id] = job
        job.start(work(job.report))
        return job

    def get(self, id: str) -> LossJob[Any]:
        """A job by its id.

        Raises:
            ModelError: `no-losses-job`.
        """
        self._forget()
        if id not in self._jobs:
            raise ModelError(
                "There is no such job for losses; it may have ended long ago.", code="no-losses-job"
            )
        return self._jobs[id]

    async def joined(
        self, source: LossSource | None, analysis: Analysis, report: Report = ignore
    ) -> Analysis:
        """The analysis with its losses, found anew; a model waits for its turn.

        Raises:
            LossmaskError: as `with_losses` does; Busy where too many wait.
        """
        if source is None or source.kind != "model":
            found = await with_losses(source, analysis, self._settings, report)
        else:
            found = await self._in_turn(source, analysis, report)
        self.known.keep(source, found)
        return found

    def close(self) -> None:
        """End all of them."""
        for job in self._jobs.values():
            job.cancel()

    async def _in_turn(self, source: LossSource, analysis: Analysis, report: Report) -> Analysis:
        if self._waiting >= AT_ONCE:
            raise Busy("Several models are waiting for their turn already; please try again in a moment.")
        self._waiting += 1
        try:
            report(Progress("waiting"))
            async with self._turn:
                return await with_losses(source, analysis, self._settings, report)
        finally:
            self._waiting -= 1

    def _forget(self) -> None:
        """Drop what ended long ago, and the oldest of what is too many."""
        now = time.monotonic()
        ended = [job for job in self._jobs.values() if job.ended is not None]
        ended.sort(key=lambda job: job.ended or 0.0)
        for place, job in enumerate(reversed(ended)):
            if place >= KEPT or now - (job.ended or now) > KEPT_SECONDS:
                del self._jobs[job.id]
