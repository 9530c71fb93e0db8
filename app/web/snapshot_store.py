"""The store of snapshots as the web process holds it: opened once, called in threads, purged each hour.

It is opened when it is first needed, and at the start where there is a database already, so that a
server whose users store nothing makes no file. Where it cannot be opened, the page works on, and
the next request tries again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from starlette.requests import Request

from ..errors import LossmaskError, StorageError
from ..settings import Settings

if TYPE_CHECKING:
    from ..storage.store import Store

T = TypeVar("T")

PURGE_SECONDS = 3600.0

_log = logging.getLogger(__name__)


class SnapshotStore:
    """`await snapshots.run(lambda store: store.read(id))`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store: Store | None = None
        self._opening = asyncio.Lock()
        self._purging: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to purge, now and each hour."""
        if self.is_on:
            self._purging = asyncio.create_task(self._keep_purging())

    async def close(self) -> None:
        """End the purging and close the database."""
        if self._purging is not None:
            self._purging.cancel()
            with suppress(asyncio.CancelledError):
                await self._purging
        if self._store is not None:
            await asyncio.to_thread(self._store.close)
            self._store = None

    @property
    def is_on(self) -> bool:
        return self._settings.flag("snapshots")

    async def run(self, call: Callable[[Store], T]) -> T:
        """What the call gives, in a thread; raises as `check`, and whatever the call raises."""
        return await asyncio.to_thread(call, await self._opened())

    async def check(self) -> None:
        """Make sure that there is a store.

        Raises:
            StorageError: it is off, with code `snapshots-off`, or cannot be opened.
        """
        await self._opened()

    async def _opened(self) -> Store:
        if not self.is_on:
            raise StorageError("This server stores no snapshots.", code="snapshots-off")
        async with self._opening:
            if self._store is None:
                self._store = await asyncio.to_thread(_open, self._settings)
            return self._store

    async def _keep_purging(self) -> None:
        while True:
            try:
                if self._store is not None or await asyncio.to_thread(_is_there, self._settings):
                    await self.run(lambda store: store.purge())
            except LossmaskError as error:
                _log.error("Expired snapshots could not be removed: %s %s", error.detail, reason_of(error))
            await asyncio.sleep(PURGE_SECONDS)


def snapshots_of(request: Request) -> SnapshotStore:
    """The store of this server."""
    found: SnapshotStore = request.app.state.snapshots
    return found


def reason_of(error: Exception) -> str:
    """What the database said, for the operator; never a row of it."""
    return error.reason if isinstance(error, StorageError) else ""


def _open(settings: Settings) -> Store:
    # Here, since the database's library takes a while to load, and a server may never need it.
    from ..storage.store import Store

    return Store.open(settings)


def _is_there(settings: Settings) -> bool:
    """Whether there is a database already."""
    from pathlib import Path

    from ..storage.location import is_sqlite, url_of

    url = url_of(settings)
    return not is_sqlite(url) or Path(url.database or "").is_file()
