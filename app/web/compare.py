"""Two analyses compared: the page, whole or for htmx in part, and `POST /api/comparisons`.

Covered: `GET /compare` with a prepared pair, `POST /compare` with what the main page's form or this
page's own sends. A fault goes back with both sides as they were typed. Not covered: the analyses
and their alignment, which a worker process makes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ..core.comparison import Comparison
from ..core.comparison_request import ComparisonRequest
from ..core.parsing import Parsed, open_paste
from ..core.request import AnalysisRequest
from ..core.request_text import read_json, read_utf8
from ..engine import compare_job
from ..errors import ConversationError, LossmaskError
from . import api_docs
from .compare_form import CompareForm
from .costs import COMPARISON, costs
from .errors import status_of
from .forms import AnalysisForm
from .jobs import answers_of, pinned, pool_of, settings_of, while_connected
from .pages import (
    HTMX_INTEGRITY,
    check_length,
    example_form,
    headers_of,
    parse_row,
    surroundings,
    template_source,
)
from .templating import pages
from .views.compare import compare_view
from .views.compare_page import ComparePage
from .views.failure import failure_view

T = TypeVar("T")

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api")


@router.get("/compare", dependencies=costs(COMPARISON))
async def show(request: Request) -> Response:
    """A prepared conversation, the answers alone beside every token trained."""
    form = example_form(request)
    prepared = CompareForm(form, replace(form, strategy="full"))
    return await _answer(request, *await _page(request, prepared))


@router.post("/compare", dependencies=costs(COMPARISON))
async def compare(request: Request) -> Response:
    """What was posted; for htmx the form's fields and the result."""
    fields = await request.form(max_fields=4_000)
    named = ((name, value) for name, value in fields.multi_items() if isinstance(value, str))
    return await _answer(request, *await _page(request, CompareForm.from_fields(named)))


@api.post(
    "/comparisons",
    tags=["analyses"],
    openapi_extra=api_docs.COMPARISONS,
    responses=api_docs.PROBLEMS,
    dependencies=costs(COMPARISON),
)
async def comparisons(request: Request) -> Response:
    """Two analyses and what tells them apart.

    `a` is a request as `POST /api/analyses` takes it, `b` the fields of it that are to be otherwise.
    Each of `differences` is a run of neighbouring tokens, as half-open positions in A and in B:
    `state` with the two `states`, `weight`, `label`, or `only_in_a`, `only_in_b` and `replaced`,
    where the tokens themselves are others. `alignment` tiles both rows as `[a, a, b, b, same]`.
    """
    asked = ComparisonRequest.from_json(read_json(read_utf8(await request.body())))

    async def work() -> bytes:
        return await _shared(request, compare_job.compare_json, asked)

    return Response(await while_connected(request, work()), media_type="application/json")


async def _shared(request: Request, job: Callable[..., T], asked: ComparisonRequest) -> T:
    """A job over both sides, done once for all who ask for it."""
    wanted = await _with_files(request, asked)
    return await answers_of(request).to(job.__name__, wanted, lambda: pool_of(request).run(job, wanted))


async def _page(request: Request, form: CompareForm) -> tuple[ComparePage, int]:
    known = surroundings(settings_of(request)).tokenizers
    try:
        return await _compared(request, form, known), 200
    except LossmaskError as error:
        side = form.a if getattr(error, "side", "") == "A" else form.b
        failure = failure_view(
            error,
            paste=side.conversation,
            template=template_source(side),
            tokenizer=side.tokenizer,
            known=known,
        )
        # Its suggestions are buttons of the main page's field.
        return ComparePage(form, known, failure=replace(failure, suggestions=())), status_of(error)


async def _compared(request: Request, form: CompareForm, known: tuple[str, ...]) -> ComparePage:
    first, second = (_read(request, form.a, "A"), _read(request, form.b, "B"))
    asked = ComparisonRequest(
        _asked(form.a, first, "A"), _asked(form.b, second, "B"), (form.a.example, form.b.example)
    )

    async def work() -> Comparison:
        return await _shared(request, compare_job.compare, asked)

    found = await while_connected(request, work())
    conversations = first.conversation, second.conversation
    view = await run_in_threadpool(compare_view, found, conversations)
    form = form.with_rows(first.row, second.row)
    return ComparePage(form, known, view, analyses=(found.a, found.b))


def _read(request: Request, form: AnalysisForm, title: str) -> Parsed:
    try:
        check_length(form, settings_of(request))
        if not form.conversation.strip():
            raise ConversationError("There is no conversation to compare; paste one first.")
        return parse_row(open_paste(form.conversation), form)
    except LossmaskError as error:
        raise _of(error, title) from None


def _asked(form: AnalysisForm, parsed: Parsed, title: str) -> AnalysisRequest:
    try:
        return form.request(parsed.conversation)
    except LossmaskError as error:
        raise _of(error, title) from None


def _of(error: LossmaskError, title: str) -> LossmaskError:
    """The error, saying whose it is."""
    error.__dict__["side"] = title
    error.detail = f"{title}: {error.detail}"
    return error


async def _with_files(request: Request, asked: ComparisonRequest) -> ComparisonRequest:
    """What a worker is sent: the tokenizers' files are here, and losses are none of its business."""
    a, b = [
        replace(one, tokenizer=await pinned(request, one.tokenizer), losses=None)
        for one in (asked.a, asked.b)
    ]
    return replace(asked, a=a, b=b)


async def _answer(request: Request, page: ComparePage, status: int) -> Response:
    """htmx gets what changes, everyone else the page; drawn in a thread, since it may be long."""
    name, is_part = "compare.html", request.headers.get("HX-Request") == "true"
    if is_part:
        name = "_partials/_failure.html" if page.failure else "_partials/_compare_update.html"
    context = {"page": page, "integrity": HTMX_INTEGRITY, "partial": is_part}
    draw = partial(
        pages.TemplateResponse, request, name, context, status_code=status, headers=headers_of(status)
    )
    return await run_in_threadpool(draw)
