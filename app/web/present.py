"""Presenting: the page's own address and a QR code for whoever looks on, and the theme that goes with it.

Covered: `?present=1` on the main page and on lessons, `GET /present?at=/lessons/masking` for a page that
begins to present without being loaded again. Not covered: a live room; those who open the address go on
by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

import segno
from fastapi import APIRouter, HTTPException, Request, Response
from markupsafe import Markup

from .addresses import base_of, only_here
from .forms import Theme
from .templating import pages

router = APIRouter(include_in_schema=False)

PRESENT = "present"
OF_THE_ROOM = (PRESENT, "theme")
"""Parameters that suit the projector and not those who open the address."""

LONGEST = 1_000
"""Characters of an address; a code of more is too fine to be read across a room."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What the header shows: the address, its code as SVG, and whether it opens on this computer alone."""

    address: str
    code: Markup
    only_here: bool


@router.get("/present")
async def head(request: Request) -> Response:
    """The header's part for a page of this server.

    Raises:
        HTTPException: 422, `at` is no path of this server, or is too long for a code.
    """
    at = request.query_params.get("at", "")
    if not at.startswith("/") or at.startswith("//") or len(at) > LONGEST:
        raise HTTPException(422, "`at` is expected to be a path of this server, such as /lessons/masking.")
    context = {"present": presented_at(request, at)}
    headers = {"Cache-Control": "no-store"}
    return pages.TemplateResponse(request, "_partials/_present_address.html", context, headers=headers)


def presented(request: Request) -> Presented | None:
    """What the header shows where the address asks for it with `present=1`."""
    if not presents(request):
        return None
    at = f"{request.url.path}?{request.url.query}"
    return presented_at(request, at if len(at) <= LONGEST else request.url.path)


def presented_at(request: Request, at: str) -> Presented:
    """The address of a path here as those who look on would type it, and its code."""
    address = base_of(request) + _for_all(at)
    return Presented(address, code_of(address), only_here(request))


def presents(request: Request) -> bool:
    """Whether the address asks for the projector's page."""
    return request.query_params.get(PRESENT) == "1"


def theme_of(request: Request) -> Theme:
    """The theme that the address names; the projector's is the default of a page that is presented."""
    asked: Any = request.query_params.get("theme")
    if asked in get_args(Theme):
        return asked  # type: ignore[no-any-return]
    return "projector" if presents(request) else "system"


def code_of(address: str) -> Markup:
    """A QR code as SVG without a size, black on white with the margin that readers need, in every theme."""
    made = segno.make(address, micro=False, error="m")
    drawn = made.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None)
    return Markup(drawn)


def _for_all(at: str) -> str:
    """A path without what suits the projector alone: `/?example=tools&present=1` gives `/?example=tools`."""
    parts = urlsplit(at)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in OF_THE_ROOM]
    return f"{parts.path}?{urlencode(kept)}" if kept else parts.path
