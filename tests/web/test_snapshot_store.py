"""The store as the web process holds it: made late, purged, broken, and silent about what it holds."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from fastapi import FastAPI
from lossmask.errors import StorageError
from lossmask.settings import Settings
from lossmask.storage.store import Store
from lossmask.web.snapshot_store import SnapshotStore
from starlette.testclient import TestClient

from tests.web.client import HTML
from tests.web.snapshots import SECRET, STATE, application, client_of, expired, problem, store


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return client_of(app)


def database(app: FastAPI) -> Path:
    return Path(app.state.settings.text("database"))


def test_no_file_is_made_before_something_is_stored(tmp_path: Path) -> None:
    app = application(tmp_path)
    client = client_of(app)
    client.get("/")
    client.post("/", data={"conversation": "User: hi\nAssistant: ho"})

    async def start() -> None:
        app.state.snapshots.start()
        await asyncio.sleep(0.5)
        await app.state.snapshots.close()

    asyncio.run(start())
    assert list(tmp_path.iterdir()) == []


def test_what_was_damaged_is_a_fault_of_the_server(
    app: FastAPI, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with Store.open(app.state.settings) as opened:
        ids = [opened.create(body).id for body in (b"{}", b"\xff", b'{"v":1,"state":{},"analysis":{}}')]
    for id in ids:
        answer = client.get(f"/s/{id}")
        assert problem(answer) == (503, "snapshot-broken")
        assert id not in caplog.text


def test_a_database_out_of_reach_is_told_plainly_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "snapshots.sqlite3").write_bytes(
        b"no database at all, but long enough to be read as one" * 20
    )
    app = application(tmp_path)
    with caplog.at_level(logging.ERROR):
        answer = client_of(app).post("/api/snapshots", json={"state": STATE})
    assert problem(answer) == (503, "database-broken")
    assert app.state.pool.asked == []
    assert "not a database" in caplog.text


def test_nothing_of_a_snapshot_is_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        made = store(client)
        client.get(f"/s/{made['id']}", headers=HTML)
        client.delete(f"/api/snapshots/{made['id']}", headers={SECRET: made["secret"]})
        client.get(f"/s/{made['id']}", headers=HTML)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    assert not any(made["id"] in said or made["secret"] in said or "pancakes" in said for said in ours)


def test_nobodys_address_is_stored(app: FastAPI) -> None:
    store(client_of(app, "203.0.113.77"))
    files = [file.read_bytes() for file in database(app).parent.iterdir()]
    assert files
    assert not any(b"203.0.113" in content for content in files)


def test_expired_snapshots_are_purged_in_the_background(app: FastAPI) -> None:
    expired(app)

    async def run() -> None:
        snapshots = SnapshotStore(app.state.settings)
        snapshots.start()
        for _ in range(500):
            await asyncio.sleep(0.01)
            if (await snapshots.run(lambda opened: opened.usage())).count == 0:
                break
        await snapshots.close()

    asyncio.run(run())
    with Store.open(app.state.settings) as opened:
        assert opened.usage().count == 0


def test_a_purge_that_fails_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "broken.sqlite3"
    file.write_bytes(b"no database" * 100)

    async def run() -> None:
        snapshots = SnapshotStore(Settings({"LOSSMASK_DATABASE": str(file)}))
        snapshots.start()
        for _ in range(500):
            await asyncio.sleep(0.01)
            if "could not be removed" in caplog.text:
                break
        assert snapshots._purging is not None
        assert not snapshots._purging.done()
        with pytest.raises(StorageError):
            await snapshots.check()
        await snapshots.close()

    asyncio.run(run())
    assert "could not be removed" in caplog.text
