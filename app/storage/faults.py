"""What a database says, as this program's errors.

Sentences are for anyone and name no place, no id and no content; what the database said itself
is in `reason`, its first line alone, since the further ones may quote a row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..errors import SnapshotNotFound, StorageError

_SAID = (
    (
        "database-busy",
        ("is locked", "is busy", "lock timeout"),
        "The database is busy; try again in a moment.",
    ),
    (
        "database-broken",
        ("malformed", "not a database", "disk image", "file is encrypted", "invalid page"),
        "The database is damaged and was left as it is; the operator has to restore it from a copy.",
    ),
    (
        "database-unreachable",
        ("unable to open", "connection", "could not translate host"),
        "The database cannot be opened or reached.",
    ),
    ("storage-failed", ("is full", "No space left"), "The disk of the database is full."),
    ("storage-failed", ("readonly", "read-only"), "The database can only be read here, not written."),
)
"""Code, what of the driver's words tells it, and the sentence; the first that fits is taken."""


def storage_error(code: str, detail: str, cause: object = "") -> StorageError:
    """The error with what the database said."""
    error = StorageError(detail, code=code)
    error.reason = str(cause).strip().partition("\n")[0]
    return error


def not_found() -> SnapshotNotFound:
    """The one answer for what never was, has expired, or was deleted."""
    return SnapshotNotFound("Nothing is stored under this link. It may have expired or been deleted.")


@contextmanager
def plain_errors() -> Iterator[None]:
    """Whatever the database raises in the block, as a StorageError."""
    try:
        yield
    except PoolTimeout as error:
        raise storage_error("database-busy", _SAID[0][2], error) from None
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _of(error) from None


def _of(error: Exception) -> StorageError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    for code, words, sentence in _SAID:
        if any(word in str(cause) for word in words):
            return storage_error(code, sentence, cause)
    return storage_error("storage-failed", "The database refused.", cause)
