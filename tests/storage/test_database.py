from __future__ import annotations

import builtins
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lossmask.errors import StorageError
from lossmask.settings import Settings
from lossmask.storage import database
from lossmask.storage.database import open_engine, reading, writing
from lossmask.storage.location import url_of
from lossmask.storage.store import Store
from sqlalchemy import text


def pragma(settings: Settings, name: str) -> object:
    engine = open_engine(url_of(settings))
    with reading(engine) as connection:
        value = connection.execute(text(f"PRAGMA {name}")).scalar()
    engine.dispose()
    return value


def test_commits_of_sqlite_wait_for_the_disk(sqlite_environment: dict[str, str]) -> None:
    settings = Settings(sqlite_environment)
    Store.open(settings).close()
    assert pragma(settings, "synchronous") == 2
    assert pragma(settings, "journal_mode") == "wal"
    assert pragma(settings, "secure_delete") == 1


def _delete_all_and_fail(store: Store) -> None:
    with writing(store._engine) as connection:
        connection.execute(text("DELETE FROM snapshots"))
        connection.execute(text("DELETE FROM nothing"))


def test_what_fails_is_undone(environment: dict[str, str]) -> None:
    with Store.open(Settings(environment)) as store:
        created = store.create(b"{}")
        with pytest.raises(StorageError):
            _delete_all_and_fail(store)
        assert store.read(created.id).body == b"{}"


def test_a_writer_that_waits_too_long_is_told_so_and_readers_go_on(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_SECONDS", 1)
    settings = Settings(environment)
    with Store.open(settings) as store, Store.open(settings) as other:
        created = store.create(b"{}")
        with writing(other._engine):
            assert store.read(created.id).body == b"{}"
            with pytest.raises(StorageError) as caught:
                store.create(b"{}")
        assert caught.value.code == "database-busy"
        store.create(b"{}")
        assert store.usage().count == 2


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    url = f"postgresql://me:secret@/x?host={tmp_path}"
    with pytest.raises(StorageError) as caught:
        Store.open(Settings({"LOSSMASK_DATABASE_URL": url}))
    assert caught.value.code == "database-unreachable"
    assert "secret" not in f"{caught.value.detail} {caught.value.reason}"
    assert "cannot be used: connection" in caught.value.detail


def test_connections_that_the_server_closed_are_replaced(postgresql_environment: dict[str, str]) -> None:
    import psycopg

    with Store.open(Settings(postgresql_environment)) as store:
        created = store.create(b"{}")
        with psycopg.connect(postgresql_environment["LOSSMASK_DATABASE_URL"]) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert store.read(created.id).body == b"{}"


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., object] = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name.partition(".")[0] == "psycopg":
            raise ModuleNotFoundError("No module named 'psycopg'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(StorageError, match=r"pip install lossmask\[postgresql\]") as caught:
        Store.open(Settings({"LOSSMASK_DATABASE_URL": "postgresql://me:secret@db/x"}))
    assert caught.value.code == "no-driver"
    assert "secret" not in caught.value.detail


def test_the_command_line_starts_without_the_libraries_of_the_database() -> None:
    heavy = ("sqlalchemy", "alembic", "psycopg")
    program = f"import sys, lossmask.cli; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
