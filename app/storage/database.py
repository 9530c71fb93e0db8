"""The connections to the database: how each is set up, and transactions of one writer at a time.

Covered: a commit that has returned outlasts a killed process and, where the disk keeps its
word, a power cut (SQLite waits for the disk at each; PostgreSQL does by its own default).
Readers wait for nobody. Writers wait for each other, in SQLite by its nature, in PostgreSQL by
an advisory lock, so that what one has counted still holds when it commits.
Not covered: SQLite on a network drive.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from ..errors import StorageError
from .faults import plain_errors, storage_error
from .location import is_sqlite, make_private, shown

WAIT_SECONDS = 10
"""How long a writer waits for another before it gives up."""

_CONNECT_SECONDS = 5
_CLEANING_WAIT = 200
"""Milliseconds that emptying the journal waits for readers; the next deletion or purge does it else."""

_WRITERS_LOCK = 4_705_872_330_158_218
"""An arbitrary number that PostgreSQL knows the lock by."""

_TAKE_LOCK = text(
    "SELECT set_config('lock_timeout', :wait, true),"
    " set_config('idle_in_transaction_session_timeout', :idle, true), pg_advisory_xact_lock(:lock)"
)

_WRITES = "lossmask_writes"


def open_engine(url: URL) -> Engine:
    """Connections on demand; nothing is read or written yet.

    Raises:
        StorageError: the file cannot be made, or PostgreSQL's driver is not installed.
    """
    if not is_sqlite(url):
        return _postgresql(url)
    make_private(url)
    # Errors are logged by whoever catches them: without the parameters, since those hold ids and bodies.
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": WAIT_SECONDS})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the database."""
    with plain_errors(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other writer runs beside; committed when the block ends well."""
    with plain_errors(), engine.execution_options(**{_WRITES: True}).begin() as connection:
        if engine.dialect.name == "postgresql":
            _wait_for_writers(connection)
        yield connection


def use_wal(engine: Engine) -> None:
    """Let readers and the writer of a SQLite file go on beside each other; the file remembers it."""
    if engine.dialect.name == "sqlite":
        _pragma(engine, "PRAGMA journal_mode = WAL")


def wipe_journal(engine: Engine) -> None:
    """Take what was deleted out of SQLite's journal too, unless a reader is still at it.

    What is deleted is overwritten in the database itself, as `_set_up` asks for.
    """
    if engine.dialect.name == "sqlite":
        short, usual = (f"PRAGMA busy_timeout = {wait}" for wait in (_CLEANING_WAIT, WAIT_SECONDS * 1000))
        # The deletion itself is done, and shall not be called a failure.
        with suppress(StorageError):
            _pragma(engine, short, "PRAGMA wal_checkpoint(TRUNCATE)", usual)


def _pragma(engine: Engine, *statements: str) -> None:
    """Run statements outside every transaction, where alone SQLite takes them."""
    with plain_errors():
        connection = engine.raw_connection()
        try:
            for statement in statements:
                cursor = connection.cursor()
                cursor.execute(statement)
                cursor.fetchall()
        except BaseException:
            connection.invalidate()
            raise
        finally:
            connection.close()


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"connect_timeout": _CONNECT_SECONDS},
        )
    except ModuleNotFoundError as error:
        detail = f"{shown(url)} needs a driver; install it with `pip install lossmask[postgresql]`."
        raise storage_error("no-driver", detail, error) from None


def _wait_for_writers(connection: Connection) -> None:
    """Take the lock until the transaction ends, which the server ends too where this process hangs."""
    connection.execute(
        _TAKE_LOCK, {"lock": _WRITERS_LOCK, "wait": f"{WAIT_SECONDS}s", "idle": f"{2 * WAIT_SECONDS}s"}
    )


def _set_up(connection: Any, record: object) -> None:
    # Without this, the driver begins transactions by itself, and too late for a lock.
    connection.isolation_level = None
    for statement in ("PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON"):
        connection.execute(statement)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
