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
from starlette.staticfiles import StaticFiles

from .. import __version__
from ..engine.pool import EnginePool
from ..settings import Settings
from . import api, docs, errors, matrix, pages
from .downloads import Downloads
from .middleware import BodyLimit, SameOrigin, SecurityHeaders
from .templating import data_folder

CROSS_SITE = "This request came from another site's page, and was refused."


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; it is ready to take analyses once `GET /api/health` answers 200."""
    settings = settings or Settings()
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
    app.state.downloads = Downloads(settings)
    errors.install(app)
    for router in (api.router, docs.router, pages.router, matrix.router):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=data_folder("static"), packages=[("js_lib_htmx", "static")]))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with app.state.pool:
        yield
        app.state.downloads.close()


def _middleware(settings: Settings) -> list[Middleware]:
    """From the outside in."""
    return [
        Middleware(SecurityHeaders),
        Middleware(TrustedHostMiddleware, allowed_hosts=settings.text("hosts").split(), www_redirect=False),
        Middleware(SameOrigin, refuse=_refuse),
        Middleware(BodyLimit, limit=settings.integer("body_bytes")),
    ]


async def _refuse(request: Request) -> Response:
    return errors.answer(request, errors.problem_of(HTTPException(403, CROSS_SITE)))
