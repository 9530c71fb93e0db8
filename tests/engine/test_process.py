from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from lossmask.engine import process as processes
from lossmask.engine.messages import unpacked
from lossmask.engine.process import WorkerEnded, WorkerProcess
from lossmask.engine.stages import Stages

from tests.engine import jobs


def with_process(work: Callable[[WorkerProcess], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        context: Any = multiprocessing.get_context("spawn")
        process = await WorkerProcess.start(context, 0, Stages(1, context), {"LOSSMASK_JOB_SECONDS": "7"})
        try:
            return await asyncio.wait_for(work(process), timeout=60)
        finally:
            process.kill()
            await process.end()

    return asyncio.run(run())


def job(function: Callable[..., Any], *arguments: Any) -> bytes:
    return pickle.dumps((function, arguments))


def test_jobs_come_one_after_another_and_see_the_operators_settings() -> None:
    async def work(process: WorkerProcess) -> None:
        assert unpacked(await process.ask(job(jobs.sleep, 0))) == (True, 0)
        assert unpacked(await process.ask(job(jobs.settings))) == (True, {"LOSSMASK_JOB_SECONDS": "7"})
        well, error = unpacked(await process.ask(job(jobs.refuse)))
        assert not well
        assert error.where.line == 3
        assert process.jobs == 3

    with_process(work)


def test_it_ends_by_itself_once_nobody_can_ask_it() -> None:
    async def work(process: WorkerProcess) -> None:
        await process.ask(job(jobs.sleep, 0))
        assert await process.end() == 0

    with_process(work)


def test_the_signal_that_ended_it_is_told() -> None:
    async def work(process: WorkerProcess) -> None:
        _, worker = unpacked(await process.ask(job(jobs.process_id)))
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(WorkerEnded) as caught:
            await process.ask(job(jobs.sleep, 0))
        assert caught.value.exit_code == -signal.SIGKILL

    with_process(work)


def test_an_answer_has_a_length_that_a_worker_may_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "MOST_BYTES", 1_000)
    monkeypatch.setattr(processes, "FAREWELL", 0.1)

    async def work(process: WorkerProcess) -> None:
        assert len(await process.ask(job(jobs.letters, 900))) < 1_000
        with pytest.raises(WorkerEnded):
            await process.ask(job(jobs.letters, 1_000))

    with_process(work)
