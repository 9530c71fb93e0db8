"""Jobs for losses: states, cancelling, turns, and what is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from lossmask.core.analysis import Analysis
from lossmask.core.losses import Losses
from lossmask.core.request import LossSource
from lossmask.errors import Busy, ModelError
from lossmask.losses import job as job_module
from lossmask.losses.job import LossJobs
from lossmask.losses.known import KnownLosses
from lossmask.losses.progress import Progress, Report
from lossmask.settings import Settings

from tests.losses.models import analysis_of, chat

MODEL = LossSource("model", "local:small")


def losses(analysis: Analysis) -> Analysis:
    """As if a model had said 1 nat of every token."""
    return analysis.with_losses(
        [Losses("model", np.full(len(row.example.tokens), 1.0)) for row in analysis.examples]
    )


def jobs(work: Callable[[LossJobs], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        await work(LossJobs(Settings({})))

    asyncio.run(run())


async def forever(report: Report) -> None:
    report(Progress("scoring", 3, 9))
    await asyncio.sleep(3600)


async def nothing(report: Report) -> str:
    return "found"


async def refused(report: Report) -> None:
    raise ModelError("No such model.", code="unknown-model")


def test_a_job_ends_with_its_result() -> None:
    async def work(service: LossJobs) -> None:
        job = service.start(nothing)
        assert job.state == "running"
        await job.wait()
        assert (service.get(job.id).state, job.result, job.error) == ("done", "found", None)

    jobs(work)


def test_progress_is_what_was_told_last() -> None:
    async def work(service: LossJobs) -> None:
        job = service.start(forever)
        await asyncio.sleep(0)
        assert job.progress == Progress("scoring", 3, 9)
        service.close()
        await job.wait()
        assert job.state == "cancelled"

    jobs(work)


def test_a_cancelled_job_says_so() -> None:
    async def work(service: LossJobs) -> None:
        job = service.start(forever)
        job.cancel()
        await job.wait()
        assert (job.state, job.error) == ("cancelled", None)

    jobs(work)


def test_a_refusal_is_kept_for_whoever_asks() -> None:
    async def work(service: LossJobs) -> None:
        job = service.start(refused)
        await job.wait()
        assert job.state == "failed"
        assert str(job.error) == "No such model."

    jobs(work)


def test_a_fault_of_the_program_is_told_to_the_log() -> None:
    seen: list[str] = []

    async def fails(report: Report) -> None:
        raise ZeroDivisionError("a fault")

    async def work(service: LossJobs) -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda loop, context: seen.append(str(context["exception"]))
        )
        job = service.start(fails)
        await job.wait()
        await asyncio.sleep(0)
        assert job.state == "failed"

    jobs(work)
    assert seen == ["a fault"]


def test_too_many_jobs_are_refused() -> None:
    async def work(service: LossJobs) -> None:
        started = [service.start(forever) for _ in range(job_module.AT_ONCE)]
        with pytest.raises(Busy):
            service.start(nothing)
        started[0].cancel()
        await started[0].wait()
        await service.start(nothing).wait()
        service.close()

    jobs(work)


def test_an_unknown_id() -> None:
    async def work(service: LossJobs) -> None:
        with pytest.raises(ModelError) as caught:
            service.get("guess")
        assert caught.value.code == "no-losses-job"

    jobs(work)


def test_the_oldest_results_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_module, "KEPT", 2)

    async def work(service: LossJobs) -> None:
        ended = []
        for _ in range(3):
            ended.append(service.start(nothing))
            await ended[-1].wait()
            await asyncio.sleep(0.001)
        with pytest.raises(ModelError):
            service.get(ended[0].id)
        assert service.get(ended[2].id) is ended[2]

    jobs(work)


def test_results_are_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(service: LossJobs) -> None:
        job = service.start(nothing)
        await job.wait()
        assert service.get(job.id) is job
        monkeypatch.setattr(job_module, "KEPT_SECONDS", -1.0)
        with pytest.raises(ModelError):
            service.get(job.id)

    jobs(work)


def test_models_run_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    at_work: list[int] = []
    most: list[int] = []

    async def slow(source: object, analysis: Analysis, settings: object, report: Report) -> Analysis:
        at_work.append(1)
        most.append(len(at_work))
        await asyncio.sleep(0.01)
        at_work.pop()
        return losses(analysis)

    monkeypatch.setattr(job_module, "with_losses", slow)
    analysis = analysis_of(chat())

    async def work(service: LossJobs) -> None:
        found = await asyncio.gather(*(service.joined(MODEL, analysis) for _ in range(3)))
        assert all(one.examples[0].losses is not None for one in found)
        waiting = [service.joined(MODEL, analysis) for _ in range(job_module.AT_ONCE + 1)]
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert sum(isinstance(one, Busy) for one in ended) == 1

    jobs(work)
    assert max(most) == 1


def test_losses_are_known_again_for_the_same_tokens() -> None:
    """A change of the masking rule leaves ids and targets as they are."""
    known = KnownLosses()
    known.keep(MODEL, losses(analysis_of(chat())))
    other = analysis_of({**chat(), "strategy": {"name": "full"}})
    found = known.joined(MODEL, other)
    assert found is not None
    assert found.strategy.name == "full"
    assert found.examples[0].losses is not None


@pytest.mark.parametrize(
    ("source", "request_"),
    [
        (LossSource("model", "local:other"), chat()),
        (LossSource("endpoint"), chat()),
        (None, chat()),
        (MODEL, chat(words=13)),
        (MODEL, chat(replies=2)),
    ],
)
def test_losses_of_anything_else_are_not_known(source: LossSource | None, request_: dict[str, Any]) -> None:
    known = KnownLosses()
    known.keep(MODEL, losses(analysis_of(chat())))
    assert known.joined(source, analysis_of(request_)) is None


def test_the_oldest_losses_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossmask.losses.known.MOST_TOKENS", 60)
    known = KnownLosses()
    first, second = analysis_of(chat(words=12)), analysis_of(chat(words=14))
    known.keep(MODEL, losses(first))
    assert known.joined(MODEL, first) is not None
    known.keep(MODEL, losses(second))
    assert known.joined(MODEL, first) is None
    assert known.joined(MODEL, second) is not None
