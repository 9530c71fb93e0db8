from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from lossmask.errors import StorageError
from lossmask.settings import Settings
from lossmask.storage.database import open_engine, reading, writing
from lossmask.storage.location import url_of
from lossmask.storage.schema import HEAD, MIGRATIONS, VERSION_TABLE, prepare
from lossmask.storage.store import Store
from lossmask.storage.tables import SNAPSHOTS
from sqlalchemy import Engine, inspect, text

from tests.shared import ROOT

VERSION_1 = (
    "CREATE TABLE lossmask_schema (version_num VARCHAR(32) PRIMARY KEY)",
    "INSERT INTO lossmask_schema VALUES ('0001')",
    "CREATE TABLE snapshots (id VARCHAR(16) PRIMARY KEY, created_at BIGINT NOT NULL, expires_at BIGINT,"
    " size INTEGER NOT NULL, schema_version INTEGER NOT NULL, app_version VARCHAR(64) NOT NULL,"
    " secret_hash {bytes} NOT NULL, body {bytes} NOT NULL)",
    "CREATE INDEX snapshots_by_expiry ON snapshots (expires_at, size)",
    "INSERT INTO snapshots VALUES ('23456789bcdfghjk', 1795000000, NULL, 10, 1, '0.1.0', {secret}, {body})",
)
"""A database as version 1 left it; never change it, since such databases are out there."""

BODY_1 = "789cabae0500017500f9"
SECRET_1, HASH_1 = "00" * 16, "84e0c0eafaa95a34c293f278ac52e45ce537bab5e752a00e6959a13ae103b65a"

STEP_2 = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("snapshots", sa.Column("colour", sa.String(8), server_default="blue"))
"""


@pytest.fixture
def engine(environment: dict[str, str]) -> Engine:
    return open_engine(url_of(Settings(environment)))


def make_version_1(engine: Engine) -> None:
    sqlite = engine.dialect.name == "sqlite"
    words = {
        "bytes": "BLOB" if sqlite else "BYTEA",
        "body": f"X'{BODY_1}'" if sqlite else f"'\\x{BODY_1}'",
        "secret": f"X'{HASH_1}'" if sqlite else f"'\\x{HASH_1}'",
    }
    with writing(engine) as connection:
        for statement in VERSION_1:
            connection.execute(text(statement.format(**words)))
    engine.dispose()


def test_head_is_the_newest_step_and_there_is_one_line_of_steps() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert script.get_heads() == [HEAD]
    assert [step.revision for step in script.walk_revisions()] == sorted(
        (step.revision for step in script.walk_revisions()), reverse=True
    )


def test_migrating_an_empty_database_gives_the_table_that_queries_expect(engine: Engine) -> None:
    prepare(engine)
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, SNAPSHOTS.metadata) == []
        assert context.get_current_revision() == HEAD
    engine.dispose()


def test_a_database_of_version_1_opens(engine: Engine, environment: dict[str, str]) -> None:
    make_version_1(engine)
    with Store.open(Settings(environment)) as store:
        assert store.read("23456789bcdfghjk").body == b"{}"
        assert store.usage().size == 10
        store.delete("23456789bcdfghjk", SECRET_1)
        store.create(b"{}")
        assert store.usage().count == 1


def test_a_further_step_keeps_what_is_stored(
    engine: Engine, environment: dict[str, str], tmp_path: Path
) -> None:
    make_version_1(engine)
    steps = tmp_path / "100% migrations"
    shutil.copytree(MIGRATIONS, steps)
    (steps / "versions" / "v0002_colour.py").write_text(STEP_2)
    prepare(engine, steps, "0002")
    with reading(engine) as connection:
        assert connection.execute(text("SELECT id, colour FROM snapshots")).one() == (
            "23456789bcdfghjk",
            "blue",
        )
    engine.dispose()
    with pytest.raises(StorageError) as caught:
        Store.open(Settings(environment))
    assert caught.value.code == "database-newer"
    assert "later version of Lossmask (schema 0002, here 0001); update Lossmask" in caught.value.detail


def test_a_step_that_fails_leaves_everything_as_it_was(
    engine: Engine, environment: dict[str, str], tmp_path: Path
) -> None:
    make_version_1(engine)
    steps = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, steps)
    (steps / "versions" / "v0002_colour.py").write_text(f"{STEP_2}    op.execute('DROP TABLE nothing')\n")
    with pytest.raises(StorageError):
        prepare(engine, steps, "0002")
    engine.dispose()
    with Store.open(Settings(environment)) as store:
        assert store.read("23456789bcdfghjk").body == b"{}"
        with reading(store._engine) as connection:
            assert "colour" not in {column["name"] for column in inspect(connection).get_columns("snapshots")}


def test_a_later_schema_is_not_touched(sqlite_environment: dict[str, str]) -> None:
    file = Path(sqlite_environment["LOSSMASK_DATABASE"])
    Store.open(Settings(sqlite_environment)).close()
    with sqlite3.connect(file) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '0917'")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(StorageError, match=r"schema 0917.*It was left as it is\.") as caught:
        Store.open(Settings(sqlite_environment))
    assert caught.value.code == "database-newer"
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_told_and_left(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(b"my notes, not to be lost\n" * 200)
    before = file.read_bytes()
    with pytest.raises(StorageError, match=r"notes\.txt cannot be used: file is not a database\.") as caught:
        Store.open(Settings({"LOSSMASK_DATABASE": str(file)}))
    assert caught.value.code == "database-broken"
    assert file.read_bytes() == before


@pytest.mark.parametrize("keep", [100, 4096, 6000])
def test_a_database_cut_off_is_told_and_left(sqlite_environment: dict[str, str], keep: int) -> None:
    file = Path(sqlite_environment["LOSSMASK_DATABASE"])
    with Store.open(Settings(sqlite_environment)) as store:
        store.create(bytes(100_000))
    cut = file.read_bytes()[:keep]
    file.write_bytes(cut)
    with pytest.raises(StorageError) as caught, Store.open(Settings(sqlite_environment)) as store:
        store.list()
    assert caught.value.code == "database-broken"
    assert file.read_bytes() == cut


def test_another_programs_database_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE visits (page)")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(StorageError, match="tables of another program") as caught:
        Store.open(Settings({"LOSSMASK_DATABASE": str(file)}))
    assert caught.value.code == "database-foreign"
    assert file.read_bytes() == before


def test_a_postgresql_database_may_hold_others_tables_but_not_one_of_our_name(
    postgresql_environment: dict[str, str],
) -> None:
    settings = Settings(postgresql_environment)
    engine = open_engine(url_of(settings))
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
        connection.execute(text("CREATE TABLE snapshots (theirs TEXT)"))
    with pytest.raises(StorageError, match="tables of another program"):
        Store.open(settings)
    with writing(engine) as connection:
        connection.execute(text("DROP TABLE snapshots"))
    engine.dispose()
    with Store.open(settings) as store:
        assert store.read(store.create(b"{}").id).body == b"{}"


OPENED = """
from lossmask.settings import Settings
from lossmask.storage.store import Store

input()
with Store.open(Settings()) as store:
    print(store.create(b"{}").id)
"""


def test_processes_that_start_at_once_agree(environment: dict[str, str]) -> None:
    def start() -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
            [sys.executable, "-c", OPENED], text=True, cwd=ROOT, env={**os.environ, **environment}, **pipes
        )

    processes = [start() for _ in range(3)]
    with ThreadPoolExecutor(len(processes)) as threads:
        answers = list(threads.map(lambda process: process.communicate("go\n"), processes))
    assert [
        (process.returncode, errors) for process, (_, errors) in zip(processes, answers, strict=True)
    ] == [(0, "")] * len(processes)
    with Store.open(Settings(environment)) as store:
        assert {entry.id for entry in store.list()} == {out.strip() for out, _ in answers}


def test_stores_that_open_at_once_in_threads_agree(environment: dict[str, str]) -> None:
    with ThreadPoolExecutor(8) as threads:
        stores = list(threads.map(lambda _: Store.open(Settings(environment)), range(8)))
    created = [store.create(b"{}").id for store in stores]
    assert {entry.id for entry in stores[0].list()} == set(created)
    for store in stores:
        store.close()
