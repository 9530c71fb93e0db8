from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Awaitable, Callable
from multiprocessing import forkserver
from typing import Any

import pytest
from lossmask.engine import process as processes
from lossmask.engine import seat as seats
from lossmask.engine.pool import EnginePool
from lossmask.engine.seat import Seat
from lossmask.engine.stages import Stages
from lossmask.errors import Busy, TemplateStopped
from lossmask.settings import Settings

from tests.engine import jobs


def with_pool(work: Callable[[EnginePool], Awaitable[Any]], seconds: float = 20) -> Any:
    async def run() -> Any:
        environment = {"LOSSMASK_WORKERS": "1", "LOSSMASK_JOB_SECONDS": str(seconds)}
        async with EnginePool(Settings(environment)) as pool:
            return await asyncio.wait_for(work(pool), timeout=60)

    return asyncio.run(run())


class Slow:
    """Instead of a worker: one that is long in starting."""

    started = 0

    @classmethod
    async def start(cls, *_: object) -> Slow:
        cls.started += 1
        await asyncio.sleep(0.1)
        return cls()


@pytest.fixture
def seat(monkeypatch: pytest.MonkeyPatch) -> Seat:
    monkeypatch.setattr(seats, "WorkerProcess", Slow)
    monkeypatch.setattr(Slow, "started", 0)
    return Seat(0, Stages(1, multiprocessing.get_context("spawn")), {}, None)


def test_who_goes_while_a_worker_starts_leaves_it_to_the_next(seat: Seat) -> None:
    async def run() -> None:
        first = asyncio.create_task(seat._up())
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await seat._up()

    asyncio.run(run())
    assert Slow.started == 1


def test_a_worker_that_did_not_start_is_started_again(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> Slow:
        raise OSError("no more processes")

    async def run() -> None:
        with monkeypatch.context() as broken:
            broken.setattr(Slow, "start", fail)
            with pytest.raises(OSError, match="no more"):
                await seat._up()
        assert isinstance(await seat._up(), Slow)

    asyncio.run(run())


def test_a_closed_seat_takes_nothing(seat: Seat) -> None:
    async def run() -> None:
        await seat.close()
        with pytest.raises(Busy, match="shutting down"):
            await seat.run(jobs.sleep, (0,), 1)

    asyncio.run(run())


def test_a_worker_is_replaced_after_its_share_of_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "JOBS_PER_WORKER", 3)

    async def work(pool: EnginePool) -> list[int]:
        return [await pool.run(jobs.process_id) for _ in range(8)]

    found = with_pool(work)
    assert len(set(found)) >= 3
    assert max(map(found.count, found)) <= 3


def test_a_worker_that_is_replaced_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "JOBS_PER_WORKER", 1)

    async def work(pool: EnginePool) -> None:
        worker = await pool.run(jobs.process_id)
        for _ in range(100):
            try:
                os.kill(worker, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.05)
        pytest.fail("The worker lives on.")

    with_pool(work)


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


@pytest.mark.parametrize("job", [jobs.answer_with_code, jobs.write_rubbish, jobs.hang_up])
def test_a_worker_that_answers_with_no_answer_is_ended(
    job: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "FAREWELL", 0.2)
    monkeypatch.setattr("lossmask.engine.pool._GRACE", -20.0)

    async def work(pool: EnginePool) -> None:
        worker = await pool.run(jobs.process_id)
        with pytest.raises(TemplateStopped):
            await pool.run(job)
        assert await pool.run(jobs.process_id) != worker
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)

    with_pool(work, seconds=1)


def test_the_loop_turns_while_a_worker_withholds_the_rest_of_its_answer() -> None:
    async def work(pool: EnginePool) -> None:
        await pool.run(jobs.sleep, 0)
        job = asyncio.create_task(pool.run(jobs.write_rubbish))
        began = time.monotonic()
        await asyncio.sleep(0.2)
        assert time.monotonic() - began < 1
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert await pool.run(jobs.sleep, 0) == 0

    with_pool(work)


def test_an_idle_worker_costs_no_job() -> None:
    """One that died while nobody asked anything of it is replaced before anyone notices."""

    async def work(pool: EnginePool) -> None:
        os.kill(await pool.run(jobs.process_id), signal.SIGKILL)
        await asyncio.sleep(0.2)
        assert await pool.run(jobs.sleep, 0) == 0

    with_pool(work)
