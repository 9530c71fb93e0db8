"""Saving the page's analysis as a file, and opening one that was saved.

Covered: `POST /files/{kind}` with the form's fields, which answers with the file or, where there is
nothing to save, with the page and why; `POST /files/open` with a file, which restores the form and
analyses again. Where the tokenizer cannot be had, the file's own analysis is shown as it was saved.
Nothing is stored. Not covered: how each kind is written, see `save`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse

from ..core.analysis import Analysis
from ..core.digest import digest
from ..core.files import Body
from ..core.files.body import bytes_body
from ..core.parsing import open_paste
from ..core.request import AnalysisRequest
from ..core.state import State
from ..errors import ConversationError, FileError, LossmaskError, TokenizerError, TooLarge
from ..settings import Settings
from .costs import costs
from .errors import status_of
from .forms import AnalysisForm
from .jobs import analysis_for, settings_of
from .pages import analysed, answer, parse_row, posted_form, surroundings
from .save import Kind, file_name, kind_of
from .share import form_of, state_of
from .views.failure import failure_view
from .views.page import PageView, Surroundings, analysed_page, failed_page

router = APIRouter(prefix="/files", include_in_schema=False)

Opened: TypeAlias = Body | State
"""What `lossmask open --serve` opens the page with: a file, or a link."""

FIELD = "file"
NOTHING = "There is nothing to save yet; paste a conversation first."


class _NoTokenizer(Exception):
    """The tokenizer cannot be had here."""

    def __init__(self, error: TokenizerError) -> None:
        super().__init__(error.detail)
        self.error = error


@router.get("/open")
async def start_again() -> Response:
    """Whoever reloads the page of an opened file without sending it again; a link behind the # stays."""
    return RedirectResponse("/", 303)


@router.post("/open", dependencies=costs())
async def open_file(request: Request) -> Response:
    """The page for a file that was saved."""
    try:
        body = await _posted_body(request)
    except LossmaskError as error:
        return await answer(request, _failed(error, surroundings(settings_of(request))), status_of(error))
    return await answer(request, *await _opened(request, body))


@router.get("/opened", dependencies=costs())
async def opened(request: Request) -> Response:
    """The page for what this server was started with, see `lossmask open --serve`."""
    given: Opened | None = getattr(request.app.state, "opened", None)
    if given is None:
        return RedirectResponse("/", 303)
    if isinstance(given, Body):
        return await answer(request, *await _opened(request, given))
    return await answer(request, *await analysed(request, form_of(given)))


@router.post("/{name}", dependencies=costs())
async def save(request: Request, name: str) -> Response:
    """The analysis of what was posted, as a file of this kind."""
    kind = kind_of(name)
    view, status = await analysed(request, await posted_form(request))
    if view.analysis is None:
        if not view.failure:
            raise ConversationError(NOTHING)
        return await answer(request, view, status)
    address = str(request.base_url)
    return await run_in_threadpool(_file, kind, view.form, view.analysis, address, settings_of(request))


def _file(kind: Kind, form: AnalysisForm, analysis: Analysis, address: str, settings: Settings) -> Response:
    state = state_of(form, analysis)
    body = Body(state, analysis, state.read_conversation())
    written = kind.write(body, address).encode()
    limit = settings.integer("file_bytes")
    if len(written) > limit:
        raise TooLarge(
            f"The file would have {len(written) / 2**20:.1f} MiB; at most {limit / 2**20:g} are saved here. "
            f"`lossmask analyze FILE --save NAME.{kind.extension}` saves it, however large."
        )
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(kind, body)}"',
        "Cache-Control": "no-store",
    }
    return Response(written, headers=headers, media_type=kind.media_type)


async def _posted_body(request: Request) -> Body:
    """The file in a form, read.

    Raises:
        TooLarge, FileError: with what is wrong.
    """
    limit = settings_of(request).integer("file_bytes")
    async with request.form(max_files=1, max_fields=10) as fields:
        file = fields.get(FIELD)
        if not isinstance(file, UploadFile) or not file.filename:
            raise FileError("Choose a file first: an `.html` or `.json` file that Lossmask saved.")
        size = file.size or 0
        if size > limit:
            raise TooLarge(
                f"The file has {size / 2**20:.1f} MiB; at most {limit / 2**20:g} are opened here. "
                "`lossmask open FILE` opens it, however large."
            )
        content = await file.read()
    return await run_in_threadpool(bytes_body, content)


async def _opened(request: Request, body: Body) -> tuple[PageView, int]:
    """The page of a file, analysed again where that can be done."""

    async def find(request: Request, asked: AnalysisRequest) -> Analysis:
        try:
            return with_saved_losses(body, await analysis_for(request, asked))
        except TokenizerError as error:
            raise _NoTokenizer(error) from None

    form = form_of(body.state)
    try:
        return await analysed(request, form, find)
    except _NoTokenizer as stopped:
        around = surroundings(settings_of(request))
        return await run_in_threadpool(saved_page, form, body, stopped.error, around), 200


def with_saved_losses(body: Body, analysis: Analysis) -> Analysis:
    """The new analysis with the losses in the file, where its tokens are the same."""
    losses = [one.losses for one in body.analysis.examples]
    same = any(found is not None for found in losses) and digest(body.analysis) == digest(analysis)
    return analysis.with_losses(losses) if same else analysis


def saved_page(form: AnalysisForm, body: Body, error: TokenizerError, around: Surroundings) -> PageView:
    """The file's own analysis, as it was saved."""
    parsed = replace(parse_row(open_paste(form.conversation), form), conversation=body.conversation)
    page = analysed_page(form, parsed, (), body.analysis, around)
    said = f"This is the result as it was saved; it was not analysed again here. {error.detail}"
    return replace(page, shared=None, saved=said)


def _failed(error: LossmaskError, around: Surroundings) -> PageView:
    form = AnalysisForm()
    view = failure_view(error, paste="", template=None, tokenizer=form.tokenizer, known=around.tokenizers)
    return failed_page(form, None, (), replace(view, field="none"), around)
