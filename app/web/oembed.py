"""What a site asks that turns the short link of a snapshot into a frame, as oembed.com has it.

The answer tells nothing of what is stored, only how to show it.
"""

from __future__ import annotations

import html
import json
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from .addresses import base_of
from .snapshot_docs import FRAMING
from .snapshots import opened

router = APIRouter(tags=["snapshots"])

WIDTH, HEIGHT = 800, 600
LEAST = 200
"""Pixels below which a frame shows nothing that can be read."""

_URL = "The short link of a snapshot on this server."
_MOST = "Pixels that the frame may take."


@router.get("/oembed", responses=FRAMING)
async def oembed(
    request: Request,
    url: Annotated[str, Query(description=_URL)],
    maxwidth: Annotated[int, Query(description=_MOST, ge=1)] = WIDTH,
    maxheight: Annotated[int, Query(description=_MOST, ge=1)] = HEIGHT,
    format: Annotated[str, Query(description="`json` alone.")] = "json",
) -> Response:
    """How a snapshot is shown in a frame, for sites that make one of a link (oEmbed 1.0)."""
    if format != "json":
        raise HTTPException(501, "The answer is JSON alone; ask for `format=json`.")
    snapshot = await opened(request, _id_in(url, base_of(request)))
    width, height = (max(LEAST, min(most, usual)) for most, usual in ((maxwidth, WIDTH), (maxheight, HEIGHT)))
    base = base_of(request)
    answer = {
        "version": "1.0",
        "type": "rich",
        "title": "Lossmask snapshot",
        "provider_name": "Lossmask",
        "provider_url": f"{base}/",
        "width": width,
        "height": height,
        "html": frame(f"{base}/embed/s/{snapshot.entry.id}", width, height),
    }
    return Response(json.dumps(answer), media_type="application/json")


def frame(source: str, width: int, height: int) -> str:
    """The element that shows an embed.

    >>> frame("https://example.org/embed/s/k7w3czqtd9mh2xv5", 800, 600)
    '<iframe src="https://example.org/embed/s/k7w3czqtd9mh2xv5" title="…" width="800" …></iframe>'
    """
    named = f'src="{html.escape(source)}" title="Lossmask: which tokens train"'
    plain = 'loading="lazy" referrerpolicy="no-referrer" style="border:0"'
    return f'<iframe {named} width="{width}" height="{height}" {plain}></iframe>'


def _id_in(url: str, base: str) -> str:
    """The id that a link of this server names; empty where it is another link, which is then not found."""
    for prefix in (f"{base}/s/", f"{base}/embed/s/"):
        if url.startswith(prefix):
            return urlsplit(url).path.rpartition("/")[2]
    return ""
