"""The page of every framework at a glance, for the example or for what the main page's form sends.

Every field of that form goes along unseen, so that the way back, with any rule chosen, loses
nothing. Not covered: the rows themselves, which a worker process makes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ..core.parsing import open_paste
from ..errors import ConversationError, LossmaskError
from .costs import MATRIX, costs
from .errors import status_of
from .forms import AnalysisForm
from .jobs import matrix_for, settings_of
from .pages import (
    check_length,
    example_form,
    headers_of,
    parse_row,
    posted_form,
    surroundings,
    template_source,
)
from .templating import pages
from .views.failure import failure_view
from .views.matrix import matrix_view
from .views.matrix_page import MatrixPage

router = APIRouter(include_in_schema=False)


@router.get("/matrix", dependencies=costs(MATRIX))
async def show(request: Request) -> Response:
    """Every framework over a prepared conversation: `/matrix?example=tools`."""
    return await _answer(request, *await _page(request, example_form(request)))


@router.post("/matrix", dependencies=costs(MATRIX))
async def compare(request: Request) -> Response:
    """Every framework over what was posted."""
    return await _answer(request, *await _page(request, await posted_form(request)))


async def _page(request: Request, form: AnalysisForm) -> tuple[MatrixPage, int]:
    try:
        return await _compared(request, form), 200
    except LossmaskError as error:
        failure = failure_view(
            error,
            paste=form.conversation,
            template=template_source(form),
            tokenizer=form.tokenizer,
            known=surroundings(settings_of(request)).tokenizers,
        )
        return MatrixPage(form, failure=failure), status_of(error)


async def _compared(request: Request, form: AnalysisForm) -> MatrixPage:
    check_length(form, settings_of(request))
    if not form.conversation.strip():
        raise ConversationError("There is no conversation to compare the frameworks on; paste one first.")
    parsed = parse_row(open_paste(form.conversation), form)
    # Of the rules' options each is checked in its own row, so that one at fault hides no other.
    asked = replace(form, options={}).request(parsed.conversation)
    matrix = await matrix_for(request, asked, form.options_by_strategy())
    form = replace(form, row=parsed.row)
    return MatrixPage(form, matrix=await run_in_threadpool(matrix_view, matrix, form.strategy))


async def _answer(request: Request, page: MatrixPage, status: int) -> Response:
    context = {"page": page}
    draw = partial(
        pages.TemplateResponse,
        request,
        "matrix.html",
        context,
        status_code=status,
        headers=headers_of(status),
    )
    return await run_in_threadpool(draw)
