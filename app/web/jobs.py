"""An analysis for a request: the tokenizer's files, then a worker, stopped when the client goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from starlette.requests import Request

from ..core.analysis import Analysis
from ..core.matrix import Matrix
from ..core.request import AnalysisRequest
from ..engine.pool import EnginePool
from ..engine.worker import OptionsByStrategy
from ..settings import Settings
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


def downloads_of(request: Request) -> Downloads:
    """The downloads under way."""
    downloads: Downloads = request.app.state.downloads
    return downloads


async def analysis_for(request: Request, asked: AnalysisRequest) -> Analysis:
    """The analysis, for a page.

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
        return await pool_of(request).matrix(await _with_files(request, asked), options)

    return await while_connected(request, work())


async def matrix_json_for(request: Request, asked: AnalysisRequest) -> bytes:
    """The same as the API's body, for the API."""

    async def work() -> bytes:
        return await pool_of(request).matrix_json(await _with_files(request, asked))

    return await while_connected(request, work())


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Await some work, and cancel it where the client closes the connection.

    Only after the request's body has been read.
    """
    job = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({job, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not job.done():
            raise ClientGone
        return job.result()
    finally:
        gone.cancel()
        job.cancel()


async def _analysis(request: Request, asked: AnalysisRequest) -> Analysis:
    return await pool_of(request).analyse(await _with_files(request, asked))


async def _analysis_json(request: Request, asked: AnalysisRequest) -> bytes:
    return await pool_of(request).analyse_json(await _with_files(request, asked))


async def _with_files(request: Request, asked: AnalysisRequest) -> AnalysisRequest:
    return replace(asked, tokenizer=await downloads_of(request).pinned(asked.tokenizer))


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
