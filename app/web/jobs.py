"""An analysis for a request: the tokenizer's files, then a worker, stopped when the client goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from starlette.requests import Request

from ..core.analysis import Analysis
from ..core.batch.request import BatchRequest
from ..core.matrix import Matrix
from ..core.request import AnalysisRequest
from ..engine.encoding import encoded
from ..engine.pool import EnginePool
from ..engine.worker import OptionsByStrategy
from ..losses.job import LossJobs
from ..losses.progress import Progress, Report, ignore
from ..settings import Settings
from .answers import Answers
from .costs import take_download, take_losses
from .downloads import Downloads

T = TypeVar("T")


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


def settings_of(request: Request) -> Settings:
    """The operator's settings."""
    settings: Settings = request.app.state.settings
    return settings


def pool_of(request: Request) -> EnginePool:
    """The worker processes."""
    pool: EnginePool = request.app.state.pool
    return pool


def answers_of(request: Request) -> Answers:
    """The answers that several ask for."""
    answers: Answers = request.app.state.answers
    return answers


def downloads_of(request: Request) -> Downloads:
    """The downloads under way."""
    downloads: Downloads = request.app.state.downloads
    return downloads


def loss_jobs_of(request: Request) -> LossJobs:
    """The jobs for losses under way."""
    jobs: LossJobs = request.app.state.loss_jobs
    return jobs


async def analysed_with_losses(request: Request, asked: AnalysisRequest, report: Report = ignore) -> Analysis:
    """The analysis joined with the losses it asks for, however long these take; raises as both do."""
    report(Progress("analysing"))
    analysis = await pool_of(request).analyse(await _with_files(request, asked))
    return await loss_jobs_of(request).joined(asked.losses, analysis, report)


async def analysis_for(request: Request, asked: AnalysisRequest) -> Analysis:
    """The analysis, for a page, with losses only where they were found before.

    Raises:
        LossmaskError: what the user can mend, or Busy.
        ClientGone: the client closed the connection; the job is stopped.
    """
    return await while_connected(request, _analysis(request, asked))


async def analysis_json_for(request: Request, asked: AnalysisRequest) -> bytes:
    """The analysis as the API's body, for the API; raises as `analysis_for` does."""
    return await while_connected(request, _analysis_json(request, asked))


async def matrix_for(
    request: Request, asked: AnalysisRequest, options: OptionsByStrategy | None = None
) -> Matrix:
    """Every masking rule over one conversation, for a page; raises as `analysis_for` does."""

    async def work() -> Matrix:
        wanted = await _with_files(request, asked)
        return await answers_of(request).to(
            "matrix", (wanted, options), lambda: pool_of(request).matrix(wanted, options)
        )

    return await while_connected(request, work())


async def matrix_json_for(request: Request, asked: AnalysisRequest) -> bytes:
    """The same as the API's body, for the API."""

    async def work() -> bytes:
        wanted = await _with_files(request, asked)
        return await answers_of(request).to(
            "matrix JSON", wanted, lambda: pool_of(request).matrix_json(wanted)
        )

    return await while_connected(request, work())


async def batch_json_for(request: Request, asked: BatchRequest) -> bytes:
    """The same as the API's body, for the API."""

    async def work() -> bytes:
        wanted = await _batch_with_files(request, asked)
        return await answers_of(request).to("batch JSON", wanted, lambda: pool_of(request).batch_json(wanted))

    return await while_connected(request, work())


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Await some work, and cancel it where the client closes the connection.

    Only after the request's body has been read.
    """
    job = asyncio.ensure_future(work)
    try:
        # What is answered from memory is done by then, and nobody need watch the connection.
        await asyncio.sleep(0)
        if not job.done():
            await _done_or_gone(job, request)
        return job.result()
    finally:
        job.cancel()


async def _done_or_gone(job: asyncio.Future[Any], request: Request) -> None:
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({job, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
    if not job.done():
        raise ClientGone


async def _analysis(request: Request, asked: AnalysisRequest) -> Analysis:
    wanted = await _with_files(request, asked)
    analysis = await answers_of(request).to("analysis", wanted, lambda: pool_of(request).analyse(wanted))
    return loss_jobs_of(request).known.joined(asked.losses, analysis) or analysis


async def _analysis_json(request: Request, asked: AnalysisRequest) -> bytes:
    if asked.losses is not None:
        take_losses(request)
        found = await analysed_with_losses(request, asked)
        return await asyncio.to_thread(lambda: encoded(found.as_json()))
    wanted = await _with_files(request, asked)
    return await answers_of(request).to(
        "analysis JSON", wanted, lambda: pool_of(request).analyse_json(wanted)
    )


async def pinned(request: Request, tokenizer: str) -> str:
    """A tokenizer's name as a worker can load it, see `Downloads.pinned`.

    Raises:
        TooMany: a download would have to begin, and the client had its share.
    """
    return await downloads_of(request).pinned(tokenizer, lambda: take_download(request))


async def _with_files(request: Request, asked: AnalysisRequest) -> AnalysisRequest:
    """What a worker is sent: the tokenizer's files are here, and losses are none of its business."""
    return replace(asked, tokenizer=await pinned(request, asked.tokenizer), losses=None)


async def _batch_with_files(request: Request, asked: BatchRequest) -> BatchRequest:
    return replace(asked, base=await _with_files(request, asked.base))


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
