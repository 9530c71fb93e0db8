"""Where the database is: a file of the user's, or what the operator's settings name."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..settings import Settings
from .faults import storage_error

FILE = "lossmask.sqlite3"
_POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg")


def url_of(settings: Settings) -> URL:
    """The database that the settings name.

    Raises:
        StorageError: `bad-database-url`, for an address that is not PostgreSQL's.
    """
    if settings.text("database_url"):
        return _postgresql(settings.text("database_url"))
    return URL.create("sqlite", database=str(_file(settings)))


def make_private(url: URL) -> None:
    """Make the file of a SQLite database where it is absent, readable by its owner alone.

    SQLite gives the files that it puts beside it the same rights.

    Raises:
        StorageError: the folder cannot be made or written.
    """
    file = Path(url.database or "")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        detail = f"The database {file} cannot be opened: {error.strerror}."
        raise storage_error("database-unreachable", detail, error) from None


def shown(url: URL) -> str:
    """The database's name for the operator, without a password."""
    if is_sqlite(url):
        return url.database or ""
    # A password can stand behind the question mark too.
    return url.set(query={}).render_as_string(hide_password=True)


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _file(settings: Settings) -> Path:
    """The file that is named, or the one in the user's data folder, which `XDG_DATA_HOME` moves on Linux."""
    named = settings.text("database")
    return Path(named).absolute() if named else Path(platformdirs.user_data_dir("lossmask")) / FILE


def _postgresql(text: str) -> URL:
    # What is wrong with an address is not quoted, since a password may stand in it.
    detail = "LOSSMASK_DATABASE_URL is not of the form postgresql://USER:PASSWORD@HOST/NAME."
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise storage_error("bad-database-url", detail) from None
    if url.drivername not in _POSTGRESQL:
        raise storage_error("bad-database-url", detail)
    return url.set(drivername="postgresql+psycopg")
