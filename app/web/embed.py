"""Pages for a frame on another page: a stored snapshot, or a portable link computed again; read-only.

The state of a portable link stands behind the # of the frame's address; the page's script sends it
here and nothing else, and puts the answer in place. No part of it stores anything.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, get_args

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ..core.state import read_json
from .addresses import base_of
from .costs import costs
from .forms import Theme
from .pages import analysed, headers_of
from .share import STATE, form_of
from .snapshots import draw, seen
from .templating import pages
from .views.snapshot import Seen

router = APIRouter(prefix="/embed", include_in_schema=False)


@router.get("")
async def portable(request: Request) -> Response:
    """The page that computes what stands behind the # of its address."""
    context = {"snapshot": None, "theme": _theme(request), "base": base_of(request), "url": ""}
    return pages.TemplateResponse(request, "embed.html", context)


@router.post("", dependencies=costs())
async def compute(request: Request) -> Response:
    """What such a page shows: the result of a state, or why there is none."""
    fields = [(name, text) for name, text in (await request.form()).multi_items() if isinstance(text, str)]
    state = read_json(dict(fields).get(STATE, ""))
    form = Seen.of(fields).in_place(form_of(state))
    # What is drawn after looking around is no news about the link.
    form = form if len(fields) == 1 else replace(form, shared=None)
    view, status = await analysed(request, form)
    context = {"page": view, "partial": True, "read_only": True}
    answer = partial(pages.TemplateResponse, request, "_partials/_snapshot_result.html", context)
    return await run_in_threadpool(partial(answer, status_code=status, headers=headers_of(status)))


@router.get("/s/{id:path}")
async def stored(request: Request, id: str) -> Response:
    """A stored snapshot for a frame."""
    return await draw(request, "embed.html", await seen(request, id))


def _theme(request: Request) -> Theme:
    asked: Any = request.query_params.get("theme")
    return asked if asked in get_args(Theme) else "system"
