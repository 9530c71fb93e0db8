"""A pool of workers under attack: what each request ended in, after how long, and what its worker took.

Times are told with how late this machine itself was meanwhile, since tests share its cores.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from lossmask.core.request import AnalysisRequest
from lossmask.engine import pool, worker
from lossmask.engine.pool import EnginePool
from lossmask.errors import LossmaskError
from lossmask.settings import Settings

SHORT = 0.5
"""Seconds for what never ends."""

SHORT_LOAD = 3.0
"""The same for a tokenizer, whose library takes a second or two to import."""

LONG = 30.0
"""Seconds for all else, so that a busy machine changes no outcome."""

MEGABYTES = 128
SLACK = 0.5
"""Seconds beyond its deadline within which a job has ended."""

_TICK = 0.02


@dataclass(frozen=True)
class Ended:
    """How a request ended: `ok` or a code, a sentence, after how long, and the machine's lag meanwhile."""

    outcome: str
    detail: str
    seconds: float
    lag: float
    body: dict[str, Any] | None = None
    stopped_after: float | None = None
    """Seconds from the beginning of what was stopped, be it the loading of a tokenizer or what follows."""

    @property
    def text(self) -> str:
        """The rendered text of an `ok`."""
        assert self.body is not None
        return str(self.body["examples"][0]["text"])


class Arena:
    """A pool on a thread of its own, which tests send requests to, one hostile and one good at a time."""

    def __init__(self, tokenizers: Path, *, job: float = LONG, load: float = LONG) -> None:
        given = {
            "LOSSMASK_TOKENIZERS": str(tokenizers),
            "LOSSMASK_WORKERS": "2",
            "LOSSMASK_JOB_SECONDS": str(job),
            "LOSSMASK_LOAD_SECONDS": str(load),
            "LOSSMASK_JOB_MEGABYTES": str(MEGABYTES),
        }
        self.tokenizers = tokenizers
        self.job, self.load = job, load
        self.pool = EnginePool(Settings(given))
        self.watch = Watch()
        self.stops = Stops()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.wait(self.pool.__aenter__())
        end = time.monotonic() + 120
        while not self.pool.ready:
            assert time.monotonic() < end, "No worker came up."
            time.sleep(_TICK)

    def close(self) -> None:
        self.wait(self.pool.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.watch.close()
        self.stops.close()

    def wait(self, work: Any) -> Any:
        """The result of a coroutine on the pool's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=120)

    def analyse(self, request: AnalysisRequest) -> Ended:
        """One request by itself."""
        return self.wait(self._ended(request))

    def both(self, hostile: AnalysisRequest, good: AnalysisRequest) -> tuple[Ended, Ended, Ended]:
        """A hostile request with a good one beside it, and the good one once more afterwards."""

        async def run() -> tuple[Ended, Ended, Ended]:
            first, beside = await asyncio.gather(self._ended(hostile), self._ended(good))
            return first, beside, await self._ended(good)

        return self.wait(run())

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A module's function in a worker."""
        return self.wait(self.pool.run(function, *arguments))

    async def _ended(self, request: AnalysisRequest) -> Ended:
        late, stops = self.watch.late, len(self.stops.seconds)
        began = time.monotonic()
        try:
            body = json.loads(await self.pool.run(worker.analyse_json, request))
            outcome, detail = "ok", ""
        except LossmaskError as error:
            body, outcome, detail = None, error.code, error.detail
        seconds, lag = time.monotonic() - began, self.watch.late - late
        return Ended(outcome, detail, seconds, lag, body, next(iter(self.stops.seconds[stops:]), None))


class Stops(logging.Handler):
    """How long each job that the pool stopped had been at it, as the pool itself logs."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.seconds: list[float] = []
        self._logger = logging.getLogger(pool.__name__)
        self._logger.setLevel(logging.INFO)
        self._logger.addHandler(self)

    def close(self) -> None:
        self._logger.removeHandler(self)
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple) and record.args and isinstance(record.args[0], float):
            self.seconds.append(record.args[0])


class Watch:
    """Looks at every worker fifty times a second: the most memory each had, and how late each look was."""

    def __init__(self) -> None:
        self.late = 0.0
        """Seconds, summed over all looks so far."""
        self.peaks: dict[int, Peak] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        self._thread.join()

    def _look(self) -> None:
        due = time.monotonic() + _TICK
        while not self._ending.wait(max(0.0, due - time.monotonic())):
            self.late += max(0.0, time.monotonic() - due)
            due = time.monotonic() + _TICK
            for process in workers():
                self._note(process)

    def _note(self, process: int) -> None:
        found = memory(process)
        if found:
            before = self.peaks.setdefault(process, Peak(found["VmSize"], found["VmRSS"]))
            before.most = max(before.most, found["VmPeak"])
            before.most_resident = max(before.most_resident, found["VmHWM"])


@dataclass
class Peak:
    """Bytes of one worker: at first, and at most; of address space, and of memory that it really held."""

    first: int
    first_resident: int
    most: int = 0
    most_resident: int = 0


def workers() -> list[int]:
    """Process ids of the fork server's children."""
    server = getattr(forkserver._forkserver, "_forkserver_pid", None)
    if server is None:
        return []
    try:
        return list(map(int, Path(f"/proc/{server}/task/{server}/children").read_text().split()))
    except OSError:
        return []


def memory(process: int) -> Mapping[str, int]:
    """The kernel's account of a process's memory, in bytes; empty where it is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return {}
    rows = (line.split() for line in lines if line.startswith("Vm"))
    return {row[0].rstrip(":"): int(row[1]) * 1024 for row in rows}


def alive(process: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(process: int, sign: int) -> None:
    """Send a signal to a process that may be gone."""
    try:
        os.kill(process, sign)
    except ProcessLookupError:
        return
