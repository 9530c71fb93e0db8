from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lossmask.core.batch.request import BatchRequest
from lossmask.core.request import AnalysisRequest
from lossmask.engine.pool import EnginePool
from lossmask.engine.process import WorkerProcess
from lossmask.engine.traces import WorkerError
from lossmask.errors import Busy, LossmaskError, TemplateError, TemplateStopped, Where
from lossmask.settings import Settings

from tests.engine import jobs
from tests.shared import ROOT

REQUEST = AnalysisRequest.from_json(
    {"conversation": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]}
)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")


def with_pool(work: Callable[[EnginePool], Awaitable[Any]], **settings: object) -> Any:
    """Run some work against a pool of its own, with settings by name."""
    given = {"workers": 1, "job_seconds": 1, **settings}
    environment = {f"LOSSMASK_{name.upper()}": str(value) for name, value in given.items()}

    async def run() -> Any:
        async with EnginePool(Settings(environment)) as pool:
            return await asyncio.wait_for(work(pool), timeout=60)

    return asyncio.run(run())


async def ready(pool: EnginePool) -> None:
    """Wait for a worker to be up."""
    while not pool.ready:
        await asyncio.sleep(0.01)


def stopped(job: Callable[..., Any]) -> TemplateStopped:
    """The error of a job that a limit ends; the next job must do well."""

    async def work(pool: EnginePool) -> TemplateStopped:
        with pytest.raises(TemplateStopped) as caught:
            await pool.run(job)
        assert await pool.run(jobs.sleep, 0) == 0
        return caught.value

    return with_pool(work)


def test_an_analysis_comes_back_whole() -> None:
    async def work(pool: EnginePool) -> None:
        analysis = await pool.analyse(REQUEST)
        body = json.loads(await pool.analyse_json(REQUEST))
        assert json.loads(json.dumps(analysis.as_json())) == body
        assert analysis.statistics["trained"] > 0

    with_pool(work)


@pytest.mark.parametrize("job", [jobs.spin, jobs.power])
def test_a_job_that_never_ends_is_stopped(job: Callable[..., Any]) -> None:
    error = stopped(job)
    assert error.code == "template-timeout"
    assert "within 1 seconds" in error.detail


@LINUX
@pytest.mark.parametrize("job", [jobs.hoard, jobs.abort])
def test_a_job_without_memory_is_stopped(job: Callable[..., Any]) -> None:
    error = stopped(job)
    assert error.code == "template-memory"
    assert "512 MiB" in error.detail


@LINUX
def test_a_crash_is_told_as_such() -> None:
    error = stopped(jobs.fault)
    assert error.code == "template-memory"
    assert "crashed the process" in error.detail


@LINUX
@pytest.mark.parametrize("megabytes", [60, 70, 80, 100])
def test_a_long_answer_has_its_memory_or_is_told_of_the_limit(megabytes: int) -> None:
    """Writing it must not be what crashes: libraries that write fast do not look whether they got memory."""
    source = "{% for m in messages %}{{ m.content * 30000 }}{% endfor %}"
    request = replace(REQUEST, chat_template=source)

    async def work(pool: EnginePool) -> list[object]:
        return [
            *await asyncio.gather(*(pool.analyse_json(request) for _ in range(3)), return_exceptions=True)
        ]

    for answer in with_pool(work, job_megabytes=megabytes, job_seconds=20):
        if isinstance(answer, bytes):
            assert len(answer) > 5_000_000
        else:
            assert isinstance(answer, TemplateStopped)
            assert "needed more than" in answer.detail


def test_a_batch_comes_back_whole_and_has_a_time_of_its_own() -> None:
    body = {"conversations": [REQUEST.conversation.as_json()] * 3, "today": "2026-11-23"}
    request = BatchRequest.from_json(body)

    async def work(pool: EnginePool) -> None:
        batch = await pool.batch(request)
        assert json.loads(json.dumps(batch.as_json())) == json.loads(await pool.batch_json(request))
        assert batch.statistics["conversations"] == 3

    with_pool(work, batch_seconds=20)


def test_a_batch_that_never_ends_is_stopped() -> None:
    endless = "{% for _ in range(99999) %}{% for _ in range(99999) %}{% endfor %}{% endfor %}"
    body = {"conversations": [REQUEST.conversation.as_json()], "chat_template": endless}

    async def work(pool: EnginePool) -> None:
        with pytest.raises(TemplateStopped, match=r"within 0\.5 seconds") as caught:
            await pool.batch(BatchRequest.from_json(body))
        assert caught.value.code == "template-timeout"

    with_pool(work, batch_seconds=0.5, job_seconds=20)


def test_the_loop_turns_while_a_job_never_ends() -> None:
    async def work(pool: EnginePool) -> float:
        await pool.run(jobs.sleep, 0)
        endless = asyncio.create_task(pool.run(jobs.power))
        longest, before = 0.0, time.monotonic()
        while not endless.done():
            await asyncio.sleep(0.005)
            now = time.monotonic()
            longest, before = max(longest, now - before), now
        assert isinstance(endless.exception(), TemplateStopped)
        return longest

    assert with_pool(work) < 0.5


def test_an_error_keeps_its_data_between_processes() -> None:
    async def work(pool: EnginePool) -> None:
        with pytest.raises(TemplateError, match="system role") as caught:
            await pool.run(jobs.refuse)
        assert caught.value.where == Where(3)

    with_pool(work)


def test_a_fault_of_the_program_is_told_by_its_kind_and_place() -> None:
    async def work(pool: EnginePool) -> None:
        with pytest.raises(WorkerError, match=r"Unpicklable\n.*jobs\.py:\d+ in _raise_unp") as caught:
            await pool.run(jobs.fail)
        assert "one" not in str(caught.value).split()
        assert await pool.run(jobs.sleep, 0) == 0

    with_pool(work)


def test_a_full_queue_refuses() -> None:
    async def work(pool: EnginePool) -> list[object]:
        tasks = [asyncio.create_task(pool.run(jobs.sleep, 0.2)) for _ in range(4)]
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    results = with_pool(work, queue=2)
    assert results[:3] == [0.2, 0.2, 0.2]
    assert isinstance(results[3], Busy)
    assert results[3].retry_after > 0


def test_who_waits_too_long_is_refused_and_leaves_the_queue() -> None:
    async def work(pool: EnginePool) -> list[object]:
        await ready(pool)
        tasks = [asyncio.create_task(pool.run(jobs.sleep, 1.0)) for _ in range(2)]
        results = list(await asyncio.gather(*tasks, return_exceptions=True))
        return [*results, await pool.run(jobs.sleep, 0)]

    first, second, third = with_pool(work, queue_seconds=0.3)
    assert (first, third) == (1.0, 0)
    assert isinstance(second, Busy)
    assert second.retry_after > 0


def test_cancelling_kills_the_worker() -> None:
    async def work(pool: EnginePool) -> None:
        worker = await pool.run(jobs.process_id)
        task = asyncio.create_task(pool.run(jobs.sleep, 30))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        started = time.monotonic()
        assert await pool.run(jobs.process_id) != worker
        assert time.monotonic() - started < 5

    with_pool(work)


def test_the_death_of_an_idle_worker_is_mended() -> None:
    async def work(pool: EnginePool) -> None:
        os.kill(await pool.run(jobs.process_id), signal.SIGKILL)
        for _ in range(50):
            try:
                return await pool.run(jobs.process_id)
            except LossmaskError:
                await asyncio.sleep(0.1)
        pytest.fail("No worker came back.")

    with_pool(work)


def test_no_worker_outlives_the_pool() -> None:
    async def work(pool: EnginePool) -> int:
        asyncio.create_task(pool.run(jobs.spin)).add_done_callback(lambda task: task.exception())
        await asyncio.sleep(0.2)
        return await pool.run(jobs.process_id)

    worker = with_pool(work, workers=2, job_seconds=20)
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_a_pool_is_ready_once_a_worker_is() -> None:
    async def work(pool: EnginePool) -> None:
        assert not pool.ready
        await ready(pool)

    with_pool(work)


def test_who_comes_while_workers_start_waits_for_a_worker_and_not_in_the_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_once = WorkerProcess.start

    async def slowly(*arguments: Any) -> WorkerProcess:
        await asyncio.sleep(0.6)
        return await at_once(*arguments)

    async def work(pool: EnginePool) -> list[object]:
        await asyncio.sleep(0)
        return list(await asyncio.gather(*(pool.run(jobs.sleep, 0) for _ in range(2))))

    monkeypatch.setattr(WorkerProcess, "start", slowly)
    assert with_pool(work, workers=2, queue_seconds=0.3) == [0, 0]


@LINUX
def test_a_worker_writes_no_file(tmp_path: Path) -> None:
    async def work(pool: EnginePool) -> None:
        with pytest.raises(PermissionError):
            await pool.run(jobs.write, str(tmp_path / "file"))

    with_pool(work)


def test_a_worker_has_neither_token_nor_network_and_one_thread() -> None:
    program = """
import asyncio, json
from lossmask.engine.pool import EnginePool
from lossmask.settings import Settings
from tests.engine import jobs

async def run():
    async with EnginePool(Settings({"LOSSMASK_WORKERS": "1"})) as pool:
        print(json.dumps(await pool.run(jobs.variables)))

asyncio.run(run())
"""
    environment = {
        **os.environ,
        "HF_TOKEN": "secret",
        "LOSSMASK_LOGPROBS_KEY": "secret",
        "PYTHONPATH": str(ROOT),
    }
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, timeout=60)
    found = json.loads(shown.stdout)
    assert "HF_TOKEN" not in found
    assert "LOSSMASK_LOGPROBS_KEY" not in found
    assert found["HF_HUB_OFFLINE"] == "1"
    assert found["TOKENIZERS_PARALLELISM"] == "false"
    assert found["OPENBLAS_NUM_THREADS"] == "1"


def test_a_worker_never_imports_torch() -> None:
    """It would take the address space that a job may use."""

    async def work(pool: EnginePool) -> list[str]:
        found: list[str] = await pool.run(jobs.torch_modules)
        return found

    assert with_pool(work) == []
