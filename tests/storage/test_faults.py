from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from lossmask.errors import StorageError
from lossmask.settings import Settings
from lossmask.storage.database import writing
from lossmask.storage.faults import plain_errors, storage_error
from lossmask.storage.store import Store
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

PRIVATE = "private words"


@pytest.fixture
def sqlite_store(sqlite_environment: dict[str, str]) -> Iterator[Store]:
    with Store.open(Settings(sqlite_environment)) as store:
        yield store


@pytest.mark.parametrize(
    ("pragma", "code", "sentence"),
    [
        ("max_page_count = 1", "storage-failed", "The disk of the database is full."),
        ("query_only = ON", "storage-failed", "The database can only be read here, not written."),
    ],
)
def test_what_sqlite_refuses_is_told_plainly_and_nothing_is_stored(
    sqlite_store: Store, pragma: str, code: str, sentence: str
) -> None:
    kept = sqlite_store.create(b"{}")
    sqlite_store._engine.dispose()
    event.listen(sqlite_store._engine, "connect", lambda made, record: made.execute(f"PRAGMA {pragma}"))
    with pytest.raises(StorageError) as caught:
        sqlite_store.create(random.Random(0).randbytes(100_000))
    assert (caught.value.code, caught.value.detail) == (code, sentence)
    assert caught.value.reason
    assert sqlite_store.usage().count == 1
    assert sqlite_store.read(kept.id).body == b"{}"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("database is locked", "database-busy"),
        ("canceling statement due to lock timeout", "database-busy"),
        ("database disk image is malformed", "database-broken"),
        ("server closed the connection unexpectedly\n\tThis probably means", "database-unreachable"),
        ("terminating connection due to administrator command", "database-unreachable"),
        ("could not extend file: No space left on device", "storage-failed"),
        ("deadlock detected", "storage-failed"),
    ],
)
def test_what_drivers_say(said: str, code: str) -> None:
    with pytest.raises(StorageError) as caught, plain_errors():
        raise OperationalError("SELECT", {"body": PRIVATE}, Exception(said))
    assert caught.value.code == code
    assert caught.value.reason == said.partition("\n")[0]
    assert said not in caught.value.detail


def test_a_row_that_the_database_quotes_is_not_repeated(environment: dict[str, str]) -> None:
    with Store.open(Settings(environment)) as store:
        created = store.create(b"{}")
        with pytest.raises(StorageError) as caught, writing(store._engine) as connection:
            connection.execute(
                text("INSERT INTO snapshots SELECT * FROM snapshots WHERE id = :id"), {"id": created.id}
            )
    error = caught.value
    assert error.code == "storage-failed"
    assert created.id not in f"{error.detail} {error.reason}"
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_a_fault_of_the_program_stays_what_it_is() -> None:
    with pytest.raises(KeyError), plain_errors():
        {}["absent"]


def test_the_reason_survives_a_process_border() -> None:
    error = pickle.loads(pickle.dumps(storage_error("database-busy", "Busy.", "first\nsecond")))
    assert (error.code, error.detail, error.reason) == ("database-busy", "Busy.", "first")


def test_a_file_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        Store.open(Settings({"LOSSMASK_DATABASE": str(tmp_path)}))
    assert caught.value.code == "database-unreachable"
