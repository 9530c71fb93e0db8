"""The store of snapshots: put in, read, deleted by its secret or by the operator, purged.

Blocking: an asynchronous caller runs it in threads, which may share one store. Several processes
may share one database. Ids, secrets and bodies are in no error and no log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, or_, select

from .. import __version__
from ..errors import SecretRefused, StorageFull
from ..settings import Settings
from . import bodies, ids, lifetimes
from .database import open_engine, reading, wipe_journal, writing
from .faults import not_found
from .location import url_of
from .schema import prepare
from .snapshot import SCHEMA_VERSION, Created, Entry, Snapshot, Usage
from .tables import SNAPSHOTS

BATCH = 64
"""Rows removed in one transaction, so that nobody waits long for it."""

_ENTRY = tuple(SNAPSHOTS.c[field.name] for field in fields(Entry))


def utc_now() -> datetime:
    """The clock, unless a test brings its own."""
    return datetime.now(UTC)


class Store:
    """Snapshots in a database.

    >>> with Store.open(Settings()) as store:
    ...     created = store.create(b'{"examples": []}', "1-day")
    ...     store.read(created.id).body
    b'{"examples": []}'
    """

    def __init__(self, engine: Engine, settings: Settings, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine, self._settings, self._clock = engine, settings, clock

    @classmethod
    def open(cls, settings: Settings, clock: Callable[[], datetime] = utc_now) -> Store:
        """The store that the settings name, its database made or migrated where it has to be.

        Raises:
            StorageError: the database cannot be used, with a sentence for the operator.
        """
        engine = open_engine(url_of(settings))
        try:
            prepare(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, settings, clock)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def create(
        self, body: bytes, lifetime: str | None = None, *, schema_version: int = SCHEMA_VERSION
    ) -> Created:
        """Store a body; once this returns, the snapshot outlasts the process.

        Raises:
            TooLarge: the body exceeds a limit.
            OptionError: the lifetime is not offered.
            StorageFull: the quota is taken up by snapshots that have not expired.
            StorageError: the database failed, and nobody knows an id.
        """
        now = self._clock().replace(microsecond=0)
        expires_at = lifetimes.end_of(lifetimes.chosen(lifetime, self._settings), now)
        stored = bodies.packed(body, self._settings)
        entry = Entry(ids.new_id(), now, expires_at, len(stored), schema_version, __version__)
        secret = ids.new_secret()
        row = asdict(entry) | {"secret_hash": ids.hash_of(secret), "body": stored}
        while not self._inserted(row, now):
            pass
        return Created(entry.id, secret, expires_at)

    def read(self, id: str) -> Snapshot:
        """A snapshot, whole.

        Raises:
            SnapshotNotFound: it never was, has expired or was deleted, all alike.
            StorageError: the database failed, or the snapshot is damaged.
        """
        row = self._live(id, SNAPSHOTS.c.body, *_ENTRY)
        return Snapshot(Entry(*row[1:]), bodies.unpacked(row[0]))

    def delete(self, id: str, secret: str) -> None:
        """Delete a snapshot for whoever has its secret; at once, and for good.

        Raises:
            SnapshotNotFound: as for `read`.
            SecretRefused: the secret is another's.
        """
        (kept,) = self._live(id, SNAPSHOTS.c.secret_hash)
        if not ids.fits(secret, kept):
            raise SecretRefused("The secret in this link does not fit; copy the whole manage link.")
        self.remove(id)

    def remove(self, id: str) -> None:
        """Delete a snapshot for the operator, expired or not.

        Raises:
            SnapshotNotFound: there is none of this id.
        """
        with writing(self._engine) as connection:
            removed = connection.execute(delete(SNAPSHOTS).where(SNAPSHOTS.c.id == id)).rowcount
        if not removed:
            raise not_found()
        wipe_journal(self._engine)

    def purge(self, now: datetime | None = None) -> int:
        """Remove every snapshot that has expired by now, oldest first; gives how many.

        What was deleted while somebody read is out of SQLite's journal after this too.
        """
        now = now or self._clock()
        total = 0
        while removed := self._purge_some(now):
            total += removed
        wipe_journal(self._engine)
        return total

    def list(self, limit: int | None = None) -> Sequence[Entry]:
        """Snapshots without their bodies, the newest first, expired ones too until they are purged."""
        newest_first = select(*_ENTRY).order_by(SNAPSHOTS.c.created_at.desc(), SNAPSHOTS.c.id).limit(limit)
        with reading(self._engine) as connection:
            return [Entry(*row) for row in connection.execute(newest_first)]

    def usage(self) -> Usage:
        """How much is stored."""
        expired = SNAPSHOTS.c.expires_at <= self._clock()
        counts = select(func.count(), func.count().filter(expired), _SIZE)
        with reading(self._engine) as connection:
            count, gone, size = connection.execute(counts.select_from(SNAPSHOTS)).one()
        return Usage(count, gone, size, self._quota)

    @property
    def _quota(self) -> int:
        return self._settings.integer("snapshot_quota_bytes")

    def _inserted(self, row: dict[str, Any], now: datetime) -> bool:
        """Insert where there is room; else make some by what has expired, and say that it is not in yet."""
        with writing(self._engine) as connection:
            if connection.execute(select(_SIZE)).scalar_one() + row["size"] <= self._quota:
                connection.execute(insert(SNAPSHOTS).values(row))
                return True
            if _removed_expired(connection, now):
                return False
        raise StorageFull("All room for snapshots is taken. Send the portable link or save a file instead.")

    def _purge_some(self, now: datetime) -> int:
        with writing(self._engine) as connection:
            return _removed_expired(connection, now)

    def _live(self, id: str, *columns: Any) -> tuple[Any, ...]:
        """Columns of a snapshot that has not expired."""
        if not ids.is_id(id):
            raise not_found()
        expires_at = SNAPSHOTS.c.expires_at
        alive = or_(expires_at.is_(None), expires_at > self._clock())
        with reading(self._engine) as connection:
            row = connection.execute(select(*columns).where(SNAPSHOTS.c.id == id, alive)).one_or_none()
        if row is None:
            raise not_found()
        return tuple(row)


_SIZE = func.coalesce(func.sum(SNAPSHOTS.c.size), 0)


def _removed_expired(connection: Connection, now: datetime) -> int:
    """Remove a batch of what has expired, the oldest first; gives how many."""
    expires_at = SNAPSHOTS.c.expires_at
    oldest = select(SNAPSHOTS.c.id).where(expires_at <= now).order_by(expires_at).limit(BATCH)
    return connection.execute(delete(SNAPSHOTS).where(SNAPSHOTS.c.id.in_(oldest))).rowcount
