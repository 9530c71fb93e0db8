"""Speaker notes of one step, a page of its own for a second window: `GET /lessons/NAME/notes?step=3`."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from .costs import costs
from .lessons import step_shown
from .pages import HEADERS
from .present import theme_of
from .templating import pages

router = APIRouter(prefix="/lessons", include_in_schema=False)


@router.get("/{name}/notes", dependencies=costs())
async def notes(request: Request, name: str) -> Response:
    """The step's notes, its words, and what comes next, with every number counted there and then."""
    step, page, status = await step_shown(request, name)
    context = {"step": step, "lesson": step.lesson, "page": page, "theme": theme_of(request)}
    draw = partial(pages.TemplateResponse, request, "notes.html", context, status_code=status)
    return await run_in_threadpool(partial(draw, headers=HEADERS))
