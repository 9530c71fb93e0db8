"""An application with faults of its own, each of which quotes what it was sent."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI, Request
from lossmask.web.app import create_app

from tests.web.faults import fail, print_and_end, quote


def create() -> FastAPI:
    """The application, for a server that calls this."""
    app = create_app()

    @app.post("/fail/web")
    async def web(request: Request) -> None:
        quote((await request.body()).decode())

    @app.post("/fail/worker")
    async def worker(request: Request) -> None:
        await app.state.pool.run(fail, (await request.body()).decode())

    @app.post("/fail/library")
    async def library(request: Request) -> None:
        await app.state.pool.run(print_and_end, (await request.body()).decode())

    @app.post("/fail/task")
    async def task(request: Request) -> None:
        words = (await request.body()).decode()
        asyncio.get_running_loop().call_soon(quote, words)

    return app
