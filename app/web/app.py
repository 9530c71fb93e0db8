"""The web application: what it holds, what every request passes, and which routes there are.

It starts at once and heavy libraries come up in the workers meanwhile; nothing here may
import them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response

from .. import __version__
from ..engine.pool import EnginePool
from ..losses.job import LossJobs
from ..settings import Settings
from . import (
    api,
    batch,
    compare,
    docs,
    embed,
    errors,
    files,
    lessons,
    losses,
    matrix,
    notes,
    oembed,
    pages,
    present,
    snapshots,
)
from .access_log import hide_words
from .addresses import allowed_hosts, frame_ancestors
from .answers import Answers
from .costs import Shares
from .downloads import Downloads
from .middleware import BodyLimit, PlainBodies, Refuse, SameOrigin, SecurityHeaders
from .proxies import Proxies, TrustedProxies
from .rates import Rate
from .snapshot_store import SnapshotStore
from .start import check
from .static_files import SmallFiles
from .templating import data_folder

CROSS_SITE = "This request came from another site's page, and was refused."
COMPRESSED = "A body is read as it is: send it without `Content-Encoding`."


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; it is ready to take analyses once `GET /api/health` answers 200.

    Raises:
        OptionError, StorageError, LossesError: a setting is wrong; the sentence names it.
    """
    settings = settings or Settings()
    check(settings)
    app = FastAPI(
        title="Lossmask",
        version=__version__,
        summary="See exactly which tokens a supervised fine-tune learns from, and why.",
        description=api.DESCRIPTION,
        openapi_tags=api.TAGS,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        middleware=_middleware(settings),
    )
    app.state.settings = settings
    app.state.pool = EnginePool(settings)
    app.state.answers = Answers(settings)
    app.state.proxies = Proxies.of(settings)
    app.state.shares = Shares(settings)
    app.state.downloads = Downloads(settings)
    app.state.loss_jobs = LossJobs(settings)
    app.state.snapshots = SnapshotStore(settings)
    app.state.snapshot_creates = Rate(settings.integer("snapshots_per_hour"), snapshots.CREATED)
    app.state.snapshot_misses = Rate(settings.integer("snapshot_misses_per_hour"), snapshots.MISSED)
    hide_words()
    errors.install(app)
    taught = lessons.router, notes.router, present.router
    stored = snapshots.page, embed.router, oembed.router
    further = matrix.router, batch.router, files.router, compare.router, *taught, *stored
    apis = api.router, compare.api, losses.api, snapshots.api
    for router in (*apis, docs.router, pages.router, losses.page, *further):
        app.include_router(router)
    app.mount("/static", SmallFiles(directory=data_folder("static"), packages=[("js_lib_htmx", "static")]))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with app.state.pool:
        app.state.snapshots.start()
        yield
        await app.state.snapshots.close()
        app.state.loss_jobs.close()
        app.state.downloads.close()


def _middleware(settings: Settings) -> list[Middleware]:
    """From the outside in."""
    return [
        Middleware(TrustedProxies, proxies=Proxies.of(settings)),
        Middleware(SecurityHeaders, frame_ancestors=frame_ancestors(settings)),
        Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(settings), www_redirect=False),
        Middleware(SameOrigin, refuse=_refusing(403, CROSS_SITE)),
        Middleware(PlainBodies, refuse=_refusing(415, COMPRESSED, {"Accept-Encoding": "identity"})),
        Middleware(BodyLimit, limit=settings.integer("body_bytes")),
    ]


def _refusing(status: int, sentence: str, headers: dict[str, str] | None = None) -> Refuse:
    async def refuse(request: Request) -> Response:
        response = errors.answer(request, errors.problem_of(HTTPException(status, sentence)))
        response.headers.update(headers or {})
        return response

    return refuse
