"""Bring a database to the schema that this version knows, or say in a sentence why not.

Covered: several processes that start at once, since one step is taken in one transaction under
the writers' lock; a process killed meanwhile; a database of a later version, of another
program, or no database at all, which are left as they are.
Not covered: two databases migrated at once by threads of one process, which Alembic cannot.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from ..errors import StorageError
from .database import reading, use_wal, writing
from .faults import storage_error
from .location import shown
from .tables import SNAPSHOTS

HEAD = "0001"
"""The newest step in `migrations/versions`; Alembic is imported only where a database is not there yet."""

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "lossmask_schema"


def prepare(engine: Engine, migrations: Path = MIGRATIONS, head: str = HEAD) -> None:
    """Check the database, and migrate it where it is of an earlier version.

    Raises:
        StorageError: database-newer, database-foreign, database-broken, database-unreachable.
    """
    try:
        with reading(engine) as connection:
            version = _checked_version(connection, head)
        use_wal(engine)
        if version != head:
            _migrate(engine, migrations, head)
    except StorageError as error:
        raise _told_to_the_operator(error, engine) from None


def _checked_version(connection: Connection, head: str) -> str | None:
    """The schema of a database; None where nothing was migrated yet."""
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in tables:
        _refuse_foreign(tables, connection)
        return None
    version = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one()
    if version > head:
        detail = (
            f"it was written by a later version of Lossmask (schema {version}, here {head}); update Lossmask."
        )
        raise storage_error("database-newer", detail)
    return str(version)


def _refuse_foreign(tables: set[str], connection: Connection) -> None:
    """A file is one program's alone; a PostgreSQL database may be shared, as long as names do not meet."""
    if tables if connection.dialect.name == "sqlite" else tables & {SNAPSHOTS.name}:
        raise storage_error(
            "database-foreign", "it holds the tables of another program; name another database."
        )


def _migrate(engine: Engine, migrations: Path, head: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    with writing(engine) as connection:
        # Another process may have done it while this one waited for the lock.
        if _checked_version(connection, head) == head:
            return
        config.attributes.update(connection=connection, version_table=VERSION_TABLE)
        command.upgrade(config, head)


def _told_to_the_operator(error: StorageError, engine: Engine) -> StorageError:
    """The same with the database's name and what it said, since only the operator sees a start fail."""
    detail = f"The database {shown(engine.url)} cannot be used: {error.reason or error.detail}"
    if error.code in ("database-newer", "database-foreign", "database-broken"):
        detail = f"{detail.rstrip('.')}. It was left as it is."
    return storage_error(error.code, detail, error.reason)
