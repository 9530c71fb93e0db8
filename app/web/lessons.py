"""Lessons: the list of them, and a lesson at one of its steps, drawn with the main page's own parts.

Covered: `GET /lessons`, `GET /lessons/NAME?step=3`, a question's answer checked as `&answer=2`; the page
that makes a lesson, and the file it makes.
A step is analysed each time it is shown, as though its state had been pasted. Nothing is stored.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, get_args

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool

from ..core.analysis import Analysis
from ..errors import LossmaskError
from ..lessons.drafts import exported
from ..lessons.figures import names_before
from ..lessons.lesson import Broken, Lesson, Step
from ..lessons.registry import lesson as lesson_named
from ..lessons.registry import lessons
from .costs import costs
from .forms import AnalysisForm, View
from .jobs import analysis_for, settings_of
from .pages import HEADERS, analysed
from .present import presented, theme_of
from .share import form_of
from .templating import pages
from .views.lesson import StepView, step_view
from .views.page import PageView
from .views.snapshot import Seen

router = APIRouter(prefix="/lessons", include_in_schema=False)

ALONG = ("theme", "present")
"""Parameters of the address that go along from step to step."""


@router.get("")
async def listed(request: Request) -> Response:
    """Every lesson, those of the operator that cannot be read among them."""
    entries = await run_in_threadpool(lessons, settings_of(request))
    context = {
        "lessons": [entry for entry in entries if isinstance(entry, Lesson)],
        "broken": [entry for entry in entries if isinstance(entry, Broken)],
        "theme": theme_of(request),
        "kept": _kept(request),
    }
    return pages.TemplateResponse(request, "lessons.html", context, headers=HEADERS)


@router.get("/make")
async def make(request: Request) -> Response:
    """The page that makes a lesson out of states; they are kept in the browser."""
    context = {"theme": theme_of(request), "kept": _kept(request)}
    return pages.TemplateResponse(request, "lesson_make.html", context, headers=HEADERS)


@router.post("/export")
async def export(request: Request) -> Response:
    """A lesson as a file to be saved; nothing is stored."""
    fields = await request.form()
    given = fields.get("lesson")
    name, text = await run_in_threadpool(exported, given if isinstance(given, str) else "")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text.encode(), media_type="text/markdown; charset=utf-8", headers=headers)


@router.get("/{name}", dependencies=costs())
async def show(request: Request, name: str) -> Response:
    """A lesson at a step."""
    step, page, status = await step_shown(request, name)
    context = {"page": page, "step": step, "lesson": step.lesson, "partial": False, "read_only": True}
    context["present"] = presented(request)
    draw = partial(pages.TemplateResponse, request, "lesson.html", context, status_code=status)
    return await run_in_threadpool(partial(draw, headers=HEADERS))


async def step_shown(request: Request, name: str) -> tuple[StepView, PageView, int]:
    """The step that the address names, its page and its status; one beyond the last is the last."""
    lesson = await _lesson(request, name)
    number = min(max(_number(request, "step") or 1, 1), len(lesson.steps))
    step = lesson.steps[number - 1]
    form = Seen.of(request.query_params.items()).in_place(form_of_step(step))
    page, status = await analysed(request, replace(form, theme=theme_of(request)))
    before = await _before(request, lesson, number)
    view, page = step_view(lesson, number, page, before, _number(request, "answer"), _kept(request))
    return view, page, status


def form_of_step(step: Step) -> AnalysisForm:
    """The main page's form with the step's state in it."""
    view: Any = step.view if step.view in get_args(View) else "text"
    return replace(form_of(step.state()), shared=None, view=view)


async def _lesson(request: Request, name: str) -> Lesson:
    entry = await run_in_threadpool(lesson_named, settings_of(request), name)
    if entry is None:
        raise HTTPException(404, f"There is no lesson {name!r} here.")
    if isinstance(entry, Broken):
        raise entry.error
    return entry


async def _before(request: Request, lesson: Lesson, number: int) -> Analysis | None:
    """The analysis of the step before, where the sentences tell of it and it can be made."""
    if not names_before(lesson, number - 1):
        return None
    try:
        return await analysis_for(request, lesson.steps[number - 2].request())
    except LossmaskError:
        return None


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def _kept(request: Request) -> dict[str, str]:
    found = {name: request.query_params[name] for name in ALONG if name in request.query_params}
    return {name: value for name, value in found.items() if value and value != "system" and len(value) < 20}
