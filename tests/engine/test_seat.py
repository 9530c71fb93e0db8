from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver
from typing import Any

import pytest
from lossmask.engine import seat as seats
from lossmask.engine.pool import EnginePool
from lossmask.engine.seat import Seat
from lossmask.engine.stages import Stages
from lossmask.errors import Busy, TemplateStopped
from lossmask.settings import Settings

from tests.engine import jobs


class Idle:
    """A pool of processes that starts none, and breaks where a test says so."""

    def __init__(self, **_: object) -> None:
        self.active = True
        self.broken: Exception | None = None
        self.future: Future[None] = Future()

    def schedule(self, *_: object, **__: object) -> Future[None]:
        if self.broken is not None:
            raise self.broken
        return self.future

    def stop(self) -> None:
        self.active = False

    def join(self) -> None:
        assert not self.active


@pytest.fixture
def seat(monkeypatch: pytest.MonkeyPatch) -> Seat:
    monkeypatch.setattr(seats, "ProcessPool", Idle)
    return Seat(0, Stages(1, _plain()), None)


def _plain() -> Any:
    import multiprocessing

    return multiprocessing.get_context("spawn")


def schedule(seat: Seat) -> Future[None]:
    return seat.schedule(jobs.sleep, {}, (0,), 1)


def test_a_pool_that_gave_up_is_replaced(seat: Seat) -> None:
    first = schedule(seat)
    assert schedule(seat) is first
    assert seat._pool is not None
    seat._pool.stop()  # type: ignore[no-untyped-call]
    assert schedule(seat) is not first


def test_a_pool_that_gives_up_in_between_is_told_as_such(seat: Seat) -> None:
    schedule(seat)
    seat._pool.broken = RuntimeError("Unexpected error within the Pool")  # type: ignore[union-attr]
    with pytest.raises(BrokenProcessPool):
        schedule(seat)


def test_a_worker_that_may_have_left_half_an_answer_is_given_up(seat: Seat) -> None:
    seat.renew()
    first = schedule(seat)
    seat.renew()
    assert schedule(seat) is not first


def test_a_closed_seat_takes_nothing(seat: Seat) -> None:
    schedule(seat)
    seat.close()
    with pytest.raises(Busy, match="shutting down"):
        schedule(seat)


def test_closing_waits_for_a_job_that_is_being_scheduled(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def slow(self: Idle, *_: object, **__: object) -> Future[None]:
        time.sleep(0.2)
        order.append("scheduled" if self.active else "too late")
        return self.future

    monkeypatch.setattr(Idle, "schedule", slow)
    scheduling = threading.Thread(target=schedule, args=(seat,))
    scheduling.start()
    time.sleep(0.05)
    seat.close()
    order.append("closed")
    scheduling.join()
    assert order == ["scheduled", "closed"]


def with_pool(work: Callable[[EnginePool], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with EnginePool(Settings({"LOSSMASK_WORKERS": "1", "LOSSMASK_JOB_SECONDS": "20"})) as pool:
            return await asyncio.wait_for(work(pool), timeout=60)

    return asyncio.run(run())


def test_a_caller_that_goes_while_its_job_is_scheduled_takes_the_job_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scheduled: list[Future[Any]] = []
    before = Seat.schedule

    def slow(self: Seat, *arguments: Any) -> Future[Any]:
        time.sleep(0.3)
        scheduled.append(before(self, *arguments))
        return scheduled[-1]

    async def work(pool: EnginePool) -> None:
        await pool.run(jobs.sleep, 0)
        monkeypatch.setattr(Seat, "schedule", slow)
        task = asyncio.create_task(pool.run(jobs.sleep, 15))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        began = time.monotonic()
        assert await pool.run(jobs.sleep, 0) == 0
        assert scheduled[0].cancelled()
        assert time.monotonic() - began < 10

    with_pool(work)


def test_a_worker_is_replaced_after_its_share_of_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "JOBS_PER_WORKER", 3)

    async def work(pool: EnginePool) -> list[int]:
        return [await pool.run(jobs.process_id) for _ in range(8)]

    found = with_pool(work)
    assert len(set(found)) >= 3
    assert max(map(found.count, found)) <= 3


def test_the_death_of_the_fork_server_is_mended() -> None:
    async def work(pool: EnginePool) -> None:
        before = await pool.run(jobs.process_id)
        os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)  # type: ignore[attr-defined]
        for _ in range(100):
            try:
                assert await pool.run(jobs.process_id) != before
                return
            except Exception:
                await asyncio.sleep(0.1)
        pytest.fail("No worker came back.")

    with_pool(work)


def test_a_library_that_would_end_the_process_ends_its_job_alone() -> None:
    async def work(pool: EnginePool) -> None:
        with pytest.raises(Exception, match="SystemExit"):
            await pool.run(jobs.leave)
        with pytest.raises(Exception, match="KeyboardInterrupt"):
            await pool.run(jobs.interrupt)
        assert await pool.run(jobs.sleep, 0) == 0

    with_pool(work)


def test_a_worker_killed_in_the_midst_of_its_answer_spoils_no_other() -> None:
    async def work(pool: EnginePool) -> None:
        await pool.run(jobs.sleep, 0)
        with pytest.raises(TemplateStopped):
            await pool.run(jobs.die_while_answering)
        for _ in range(3):
            assert await asyncio.wait_for(pool.run(jobs.sleep, 0), timeout=20) == 0

    with_pool(work)
