"""Losses as jobs: started by a request, polled for progress, cancelled; for programs and for the page.

Covered: the API under `/api/losses`, and the page's own routes, which htmx polls and which a
browser without scripts simply waits for. Not covered: how losses are drawn.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ..core.analysis import Analysis
from ..core.request import LOSSES_FORM, AnalysisRequest
from ..core.request_text import read_request, read_utf8
from ..engine.encoding import encoded
from ..errors import OptionError
from ..losses.job import LossJob
from ..losses.progress import Report
from . import api_docs
from .costs import costs
from .errors import problem_of
from .jobs import analysed_with_losses, loss_jobs_of, while_connected
from .pages import HEADERS, analysed, answer, posted_form
from .templating import pages
from .views.losses import job_view
from .views.page import PageView

api = APIRouter(prefix="/api/losses", tags=["losses"])
page = APIRouter(prefix="/losses", include_in_schema=False)

Shown: TypeAlias = tuple[PageView, int]
"""A page's content and its status, which is what a job of the page finds."""


@api.post(
    "",
    status_code=202,
    openapi_extra=api_docs.LOSSES,
    responses=api_docs.PROBLEMS,
    dependencies=costs(losses=True),
)
async def start(request: Request) -> Response:
    """Find the losses of a conversation in a job of their own.

    The body is that of an analysis whose `losses` name a model, a paste or the operator's endpoint.
    The answer is 202 with the job's `id`; `GET /api/losses/{id}` tells how far it is and, once its
    `state` is `done`, the analysis with its losses.
    """
    asked = read_request(read_utf8(await request.body()))
    if asked.losses is None:
        raise OptionError(f"The request names no losses: {LOSSES_FORM}", code="bad-request")

    async def work(report: Report) -> Analysis:
        return await analysed_with_losses(request, asked, report)

    job = loss_jobs_of(request).start(work)
    headers = {"Location": f"/api/losses/{job.id}", "Cache-Control": "no-store"}
    return Response(await _body(job), 202, headers, media_type="application/json")


@api.get("/{id}", responses=api_docs.JOBS)
async def progress(request: Request, id: str) -> Response:
    """How far a job is: `state` is `running`, `done`, `failed` or `cancelled`.

    `progress` has a `step`, and how much of it is `done` of how much in `total` (0 where that is not
    known): bytes while `downloading`, weights while `loading`, layers in `forward`, tokens while
    `scoring`. `analysis` is null until it is done, and `error` a problem document where it failed.
    """
    body = await _body(loss_jobs_of(request).get(id))
    return Response(body, headers={"Cache-Control": "no-store"}, media_type="application/json")


@api.delete("/{id}", status_code=204, responses=api_docs.JOBS)
async def cancel(request: Request, id: str) -> None:
    """End a job. A model's process is killed, and its memory is free again."""
    await _ended(request, id)


@page.post("", dependencies=costs(losses=True))
async def begin(request: Request) -> Response:
    """Start what the form asks for; htmx gets a line that polls, others the whole page once it is done."""
    form = replace(await posted_form(request), lens="loss")
    if request.headers.get("HX-Request") != "true":
        return await answer(request, *await analysed(request, form, _while_connected))

    async def work(report: Report) -> Shown:
        async def find(request: Request, asked: AnalysisRequest) -> Analysis:
            return await analysed_with_losses(request, asked, report)

        return await analysed(request, form, find)

    return _told(request, loss_jobs_of(request).start(work))


@page.get("/{id}")
async def poll(request: Request, id: str) -> Response:
    """The same line again; in the end the result in its place, or why there is none."""
    job = loss_jobs_of(request).get(id)
    if job.state != "done":
        return _told(request, job)
    view: PageView = job.result[0]
    into = "#errors" if view.failure else "#result"
    headers = HEADERS | {"HX-Retarget": into, "HX-Reswap": "innerHTML"}
    context = {"page": view, "partial": True}
    name = "_partials/_losses_done.html"
    return await run_in_threadpool(pages.TemplateResponse, request, name, context, headers=headers)


@page.delete("/{id}")
async def stop(request: Request, id: str) -> Response:
    """End a job from the page."""
    return _told(request, await _ended(request, id))


async def _while_connected(request: Request, asked: AnalysisRequest) -> Analysis:
    return await while_connected(request, analysed_with_losses(request, asked))


async def _ended(request: Request, id: str) -> LossJob[Any]:
    job = loss_jobs_of(request).get(id)
    job.cancel()
    await job.wait()
    return job


def _told(request: Request, job: LossJob[Any]) -> Response:
    context = {"job": job_view(job)}
    return pages.TemplateResponse(request, "_partials/_losses_job.html", context, headers=HEADERS)


async def _body(job: LossJob[Any]) -> bytes:
    """The job as the API writes it; in a thread, since a long analysis takes a while to write."""
    return await run_in_threadpool(lambda: encoded(_job_json(job)))


def _job_json(job: LossJob[Any]) -> dict[str, Any]:
    error = job.error
    return {
        "id": job.id,
        "state": job.state,
        "progress": job.progress.as_json(),
        "analysis": job.result.as_json() if job.state == "done" else None,
        "error": problem_of(error).as_json() if isinstance(error, Exception) else None,
    }
