"""Applications that store snapshots, for tests of what is around the storing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from lossmask.settings import Settings
from lossmask.storage.store import Store
from lossmask.web.app import create_app
from starlette.testclient import TestClient

from tests.web.client import CHAT
from tests.web.engine import Engine

PUBLIC = "https://lossmask.example.org"
SECRET = "Snapshot-Secret"
STATE: dict[str, Any] = {"v": 1, "conversation": CHAT["conversation"]}


def application(folder: Path, **settings: str) -> FastAPI:
    """An application with an engine that answers by hand, so that no worker process starts."""
    given = {"database": str(folder / "snapshots.sqlite3"), "hosts": "127.0.0.1 *", **settings}
    app = create_app(Settings({f"LOSSMASK_{name.upper()}": value for name, value in given.items()}))
    app.state.pool = Engine()
    return app


def client_of(app: FastAPI, client: str = "192.0.2.1", base_url: str = PUBLIC) -> TestClient:
    """A program at an address."""
    return TestClient(app, base_url=base_url, client=(client, 5_000), raise_server_exceptions=False)


def store(client: TestClient, **body: Any) -> dict[str, Any]:
    """Store something; gives what is answered."""
    answer = client.post("/api/snapshots", json={"state": STATE, **body})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def expired(app: FastAPI) -> str:
    """The id of something that was stored two days ago for one day."""
    clock = datetime.now(UTC) - timedelta(days=2)
    with Store.open(app.state.settings, lambda: clock) as opened:
        return opened.create(b'{"v": 1}', "1-day").id


def problem(answer: Any) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return answer.status_code, answer.json()["code"]
