"""The batch page: several pasted conversations, batched as a trainer would, under two reductions.

Covered: `GET /batch` with prepared rows already computed, `POST /batch` with the user's own, whole
or, for htmx, in part. The fields of the main page go along, so that the way there and back loses
nothing. Not covered: the batch itself, which a worker process makes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ..core.batch.answer import Batch
from ..core.batch.request import BatchRequest
from ..core.conversation import Conversation
from ..core.parsing import open_paste
from ..errors import ConversationError, LossmaskError, TooLarge
from . import batch_sample
from .batch_form import BatchForm
from .costs import BATCH, costs
from .errors import status_of
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
from .views.batch import batch_view
from .views.batch_page import BatchPage
from .views.failure import failure_view

router = APIRouter(include_in_schema=False)


@router.get("/batch", dependencies=costs(BATCH))
async def show(request: Request) -> Response:
    """The page with prepared rows."""
    prepared = example_form(request).with_example(batch_sample.TEXT, batch_sample.TEMPLATE)
    return await _answer(request, *await _page(request, BatchForm(prepared)))


@router.post("/batch", dependencies=costs(BATCH))
async def compare(request: Request) -> Response:
    """The page for what was posted; for htmx the result alone."""
    fields = await request.form(max_fields=2_000)
    named = ((name, value) for name, value in fields.multi_items() if isinstance(value, str))
    return await _answer(request, *await _page(request, BatchForm.from_fields(named)))


async def _page(request: Request, form: BatchForm) -> tuple[BatchPage, int]:
    around = surroundings(settings_of(request))
    try:
        conversations = await run_in_threadpool(_conversations, request, form)
        batch = await while_connected(request, _batch(request, form.request(conversations)))
    except LossmaskError as error:
        failure = failure_view(
            error,
            paste=form.analysis.conversation,
            template=template_source(form.analysis),
            tokenizer=form.analysis.tokenizer,
            known=around.tokenizers,
        )
        return BatchPage(form, around.tokenizers, failure=failure), status_of(error)
    return BatchPage(form, around.tokenizers, await run_in_threadpool(batch_view, batch)), 200


async def _batch(request: Request, asked: BatchRequest) -> Batch:
    tokenizer = await pinned(request, asked.base.tokenizer)
    wanted = replace(asked, base=replace(asked.base, tokenizer=tokenizer))
    return await answers_of(request).to("batch", wanted, lambda: pool_of(request).batch(wanted))


def _conversations(request: Request, form: BatchForm) -> list[Conversation]:
    """Every row of the paste."""
    settings = settings_of(request)
    check_length(form.analysis, settings)
    most = settings.integer("batch_conversations")
    if not form.analysis.conversation.strip():
        raise ConversationError("There is no conversation to make a batch of; paste one first.")
    paste = open_paste(form.analysis.conversation)
    if paste.rows > most:
        raise TooLarge(f"The paste has {paste.rows:,} conversations; a batch takes {most:,}.")
    return [parse_row(paste, replace(form.analysis, row=row)).conversation for row in range(paste.rows)]


async def _answer(request: Request, page: BatchPage, status: int) -> Response:
    """htmx gets the result alone, everyone else the page; drawn in a thread, since it may be long."""
    name, is_part = "batch.html", request.headers.get("HX-Request") == "true"
    if is_part:
        name = "_partials/_failure.html" if page.failure else "_partials/_batch_update.html"
    context = {"page": page, "integrity": HTMX_INTEGRITY}
    draw = partial(
        pages.TemplateResponse, request, name, context, status_code=status, headers=headers_of(status)
    )
    return await run_in_threadpool(draw)
