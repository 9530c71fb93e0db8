"""Stored snapshots: put in, opened read-only, managed and deleted; as JSON and as pages.

Whatever is not there gives one and the same answer, be it unknown, expired, deleted or no id at
all: in every case the database is asked once. The secret of a manage link stands behind its #,
where no server sees it, and comes in a header when the button is pressed.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ..core.analysis import Analysis
from ..core.files.body import Body
from ..errors import SecretRefused, SnapshotNotFound
from ..storage import ids
from ..storage.snapshot import Created, Entry, Snapshot
from .addresses import base_of
from .costs import costs
from .jobs import analysis_for, settings_of
from .rates import Rate, client_of
from .snapshot_body import Asked, read_asked, read_stored
from .snapshot_docs import DELETING, OPENING, SNAPSHOTS, STORING
from .snapshot_store import snapshots_of
from .templating import pages
from .views.snapshot import Seen, SnapshotView, expiry, snapshot_view

T = TypeVar("T")

api = APIRouter(prefix="/api/snapshots", tags=["snapshots"])
page = APIRouter(include_in_schema=False)

SECRET = "Snapshot-Secret"
"""The header that deletes."""

CREATED = "As many snapshots as one client may store within an hour were stored from here"
MISSED = "Too many links were opened from here under which nothing is stored"


@api.post("", status_code=201, openapi_extra=SNAPSHOTS, responses=STORING, dependencies=costs())
async def create(request: Request) -> Response:
    """Store an analysis behind a short link.

    The server computes it itself, from a `state` as a portable link holds it or from a `request`
    as `POST /api/analyses` takes it. It never changes afterwards, opens where the tokenizer is
    out of reach, and is gone when its lifetime ends or when it is deleted with `secret`, which is
    told here and never again: `manage_url` holds it behind the #.
    """
    # Before any work is done, where nothing can come of it.
    await snapshots_of(request).check()
    raw = await request.body()
    asked = await run_in_threadpool(read_asked, raw, settings_of(request))
    created = await _counted(request, lambda: _stored(request, asked))
    return _json(_links(request, created) | {"secret": created.secret}, 201)


@api.get("/{id:path}", responses=OPENING)
async def read(request: Request, id: str) -> Response:
    """A stored analysis with the state it was made from.

    `analysis` is what `POST /api/analyses` answered then, and `state` what a portable link of it holds.
    """
    snapshot = await opened(request, id)
    entry = snapshot.entry
    head = {"id": entry.id, "url": address_of(request, entry.id), **_times(entry)}
    told = json.dumps(head, separators=(",", ":")).encode()
    return Response(told[:-1] + b"," + snapshot.body[1:], media_type="application/json")


@api.delete("/{id:path}", status_code=204, openapi_extra=DELETING, responses=OPENING)
async def delete(request: Request, id: str) -> Response:
    """Delete a stored analysis, at once and for good, with the secret that its creation answered."""
    secret = request.headers.get(SECRET, "")
    await _missing(request, lambda: snapshots_of(request).run(lambda store: store.delete(_asked(id), secret)))
    return Response(status_code=204)


@page.get("/s/{id}/manage")
async def manage(request: Request, id: str) -> Response:
    """The page that deletes; its script reads the secret."""
    snapshot = await opened(request, id)
    entry = snapshot.entry
    told = {"url": address_of(request, entry.id), "expiry": expiry(entry.expires_at), "header": SECRET}
    context = {"snapshot": entry, **told}
    return pages.TemplateResponse(request, "manage.html", context)


@page.get("/s/{id:path}")
async def show(request: Request, id: str) -> Response:
    """The page as its author saw it, to be read."""
    return await draw(request, "snapshot.html", await seen(request, id))


async def seen(request: Request, id: str) -> SnapshotView:
    """A stored snapshot as a page shows it; raises as `opened` does."""
    snapshot = await opened(request, id)
    return await run_in_threadpool(_view, request, snapshot)


async def opened(request: Request, id: str) -> Snapshot:
    """A stored snapshot.

    Raises:
        SnapshotNotFound: nothing is stored under this id.
        TooMany: the client asked for too much that is not there.
        StorageError: the database failed.
    """
    return await _missing(request, lambda: snapshots_of(request).run(lambda store: store.read(_asked(id))))


async def draw(request: Request, name: str, view: SnapshotView) -> Response:
    """A page of a snapshot; drawn in a thread, since it may be long."""
    url = address_of(request, view.entry.id)
    context = {"snapshot": view, "page": view.page, "partial": False, "url": url, "base": base_of(request)}
    return await run_in_threadpool(partial(pages.TemplateResponse, request, name, context))


def address_of(request: Request, id: str) -> str:
    """The short link of a snapshot."""
    return f"{base_of(request)}/s/{id}"


def _view(request: Request, snapshot: Snapshot) -> SnapshotView:
    body: Body = read_stored(snapshot.body)
    limit = settings_of(request).integer("drawn_tokens")
    return snapshot_view(snapshot.entry, body, Seen.of(request.query_params.multi_items()), limit)


async def _stored(request: Request, asked: Asked) -> Created:
    analysis = await analysis_for(request, asked.request)
    body = await run_in_threadpool(_checked, asked, analysis)
    return await snapshots_of(request).run(lambda store: store.create(body, asked.lifetime))


def _checked(asked: Asked, analysis: Analysis) -> bytes:
    """What is stored, once it was seen to open again: whoever gets a link shall be able to rely on it."""
    body = asked.body(analysis)
    read_stored(body)
    return body


async def _counted(request: Request, work: Callable[[], Awaitable[Created]]) -> Created:
    """Store within the client's share, of which nothing is used up where it fails."""
    rate, client = _rate(request, "creates"), client_of(request)
    rate.check(client)
    rate.count(client)
    try:
        return await work()
    except BaseException:
        rate.take_back(client)
        raise


async def _missing(request: Request, work: Callable[[], Awaitable[T]]) -> T:
    """Look for something within the client's share of misses.

    A client that has used it up is told so whether the thing is there or not.
    """
    rate, client = _rate(request, "misses"), client_of(request)
    rate.check(client)
    try:
        return await work()
    except (SnapshotNotFound, SecretRefused):
        rate.count(client)
        raise


def _rate(request: Request, name: str) -> Rate:
    found: Rate = getattr(request.app.state, f"snapshot_{name}")
    return found


def _asked(id: str) -> str:
    """The id, or one that nothing has for what can be none, so that both take the same way."""
    return id if ids.is_id(id) else ids.new_id()


def _links(request: Request, created: Created) -> dict[str, str | None]:
    url = address_of(request, created.id)
    return {
        "id": created.id,
        "url": url,
        "manage_url": f"{url}/manage#{created.secret}",
        "expires_at": _time(created.expires_at),
    }


def _times(entry: Entry) -> dict[str, str | None]:
    return {"created_at": _time(entry.created_at), "expires_at": _time(entry.expires_at)}


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")


def _json(value: dict[str, str | None], status: int) -> Response:
    return Response(json.dumps(value), status, media_type="application/json")
