"""The page: one route that shows the form and its result, whole or, for htmx, in part.

Covered: `GET /` with an example already computed, `POST /` with the user's own. An error goes
back with the form as it was typed. Not covered: the analysis itself, which a worker process does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias, get_args

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ..core.analysis import Analysis
from ..core.parsing import TITLES, Parsed, Paste, open_paste, parse, rows_preview
from ..core.request import AnalysisRequest
from ..core.state import read_json
from ..errors import Busy, LossmaskError, TooLarge
from ..rendering.library import bundled_templates
from ..settings import Settings
from ..tokenization.locate import local_names
from .addresses import offer_of
from .costs import costs
from .errors import status_of
from .forms import PASTED, AnalysisForm, Lens
from .jobs import analysis_for, settings_of
from .present import presented, theme_of
from .samples import SAMPLES
from .share import STATE, form_of
from .templating import pages
from .views.failure import failure_view
from .views.losses import losses_offered
from .views.page import PageView, Surroundings, analysed_page, empty_page, failed_page, structure_page

router = APIRouter(include_in_schema=False)

HTMX_INTEGRITY = "sha384-0895/pl2MU10Hqc6jd4RvrthNlDiE9U1tWmX7WRESftEDRosgxNsQG/Ze9YMRzHq"
"""Digest of the served htmx; a test holds it against the bytes."""

NOTHING = "none"
"""`/?example=none` is the page with nothing pasted."""

Find: TypeAlias = Callable[[Request, AnalysisRequest], Awaitable[Analysis]]

HEADERS = {"Vary": "HX-Request", "Cache-Control": "no-store"}
BUSY = {**HEADERS, "Retry-After": str(Busy.retry_after)}


@router.get("/", dependencies=costs())
async def show(request: Request) -> Response:
    """The page with a prepared conversation: `/?example=tools`, the short chat by default."""
    return await answer(request, *await analysed(request, example_form(request)))


@router.post("/", dependencies=costs())
async def analyse(request: Request) -> Response:
    """The page for what was posted; for htmx only the parts that changed."""
    return await answer(request, *await analysed(request, await posted_form(request)))


def example_form(request: Request) -> AnalysisForm:
    """The form with the prepared conversation that the address names."""
    form = replace(_placed(request), theme=theme_of(request), lens=_lens(request))
    name = request.query_params.get("example", "chat")
    if name == NOTHING:
        return form
    sample = SAMPLES.get(name, SAMPLES["chat"])
    return form.with_example(sample.text, sample.template)


async def posted_form(request: Request) -> AnalysisForm:
    """The form as it was posted."""
    fields = await request.form(max_fields=2_000)
    posted = [(name, value) for name, value in fields.multi_items() if isinstance(value, str)]
    state = dict(posted).get(STATE)
    form = AnalysisForm.from_fields(posted)
    return form if state is None else replace(form_of(read_json(state)), copy_of=form.copy_of)


async def analysed(request: Request, form: AnalysisForm, find: Find = analysis_for) -> tuple[PageView, int]:
    """The page's content and its status; `find` makes the analysis that the form asks for."""
    around = surroundings(settings_of(request))
    if form.shared is not None and form.shared.structure is not None:
        return structure_page(form, around), 200
    if not form.conversation.strip():
        return empty_page(form, around), 200
    parsed: Parsed | None = None
    previews: tuple[str, ...] = ()
    try:
        check_length(form, settings_of(request))
        paste = open_paste(form.conversation)
        previews = rows_preview(paste) if paste.rows > 1 else ()
        parsed = parse_row(paste, form)
        analysis = await find(request, form.request(parsed.conversation))
    except LossmaskError as error:
        return _failed(error, form, parsed, previews, around), status_of(error)
    form = replace(form, row=parsed.row)
    view = await run_in_threadpool(analysed_page, form, parsed, previews, analysis, around)
    return view, 200


def parse_row(paste: Paste, form: AnalysisForm) -> Parsed:
    """The row that the form asks for, or the last there is."""
    chosen: Any = form.format if form.format in TITLES else None
    return parse(paste, format=chosen, row=min(form.row, paste.rows - 1))


def check_length(form: AnalysisForm, settings: Settings) -> None:
    """Refuse a paste that is too long to be read.

    Raises:
        TooLarge: saying what reads it.
    """
    limit = settings.integer("conversation_characters")
    if len(form.conversation) > limit:
        raise TooLarge(
            f"The paste has {len(form.conversation):,} characters; at most {limit:,} are read. "
            "`lossmask analyze FILE` reads rows one at a time."
        )


def _failed(
    error: LossmaskError,
    form: AnalysisForm,
    parsed: Parsed | None,
    previews: tuple[str, ...],
    around: Surroundings,
) -> PageView:
    view = failure_view(
        error,
        paste=form.conversation,
        template=template_source(form),
        tokenizer=form.tokenizer,
        known=around.tokenizers,
    )
    return failed_page(form, parsed, previews, view, around)


def headers_of(status: int) -> dict[str, str]:
    """Of a page with this status; a full queue says when to try again."""
    return BUSY if status == 503 else HEADERS


def template_source(form: AnalysisForm) -> str | None:
    """The chat template's source where it is known without loading a tokenizer."""
    if form.template == PASTED:
        return form.template_source
    sources = {f"bundled:{template.name}": template.source for template in bundled_templates()}
    return sources.get(form.template)


def surroundings(settings: Settings) -> Surroundings:
    """What the server knows beside the request."""
    local = (f"local:{name}" for name in local_names(settings))
    return Surroundings(("bundled", *local), settings.integer("drawn_tokens"))


def _placed(request: Request) -> AnalysisForm:
    """An empty form that looks where the address says: `/?view=shift`, `/?pin=22`, `/?pin=1:22`."""
    view, pin = (request.query_params.get(name, "") for name in ("view", "pin"))
    read = AnalysisForm.from_fields([("view", view), ("pin", pin if ":" in pin else f"0:{pin}")])
    return AnalysisForm(view=read.view, example=read.example, token=read.token)


def _lens(request: Request) -> Lens:
    asked: Any = request.query_params.get("lens")
    return asked if asked in get_args(Lens) else "label"


async def answer(request: Request, view: PageView, status: int) -> Response:
    """htmx gets a fragment that says itself where its parts go; everyone else the page.

    Drawn in a thread, since a long page would hold up every other request.
    """
    name, is_part = "index.html", request.headers.get("HX-Request") == "true"
    if is_part:
        failed = "_partials/_failure.html" if view.form.shared is None else "_partials/_share_failed.html"
        name = failed if view.failure else "_partials/_update.html"
    offered = losses_offered(settings_of(request))
    context = {"page": view, "partial": is_part, "integrity": HTMX_INTEGRITY, "offered": offered}
    context["store"], context["present"] = offer_of(request), presented(request)
    draw = partial(
        pages.TemplateResponse, request, name, context, status_code=status, headers=headers_of(status)
    )
    return await run_in_threadpool(draw)
