"""Fixtures of the web layer's tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from lossmask.settings import Settings
from lossmask.web.app import create_app
from starlette.testclient import TestClient

from tests.hub import hub
from tests.web.engine import PASTE, Engine, Post
from tests.web.snapshots import application

__all__ = ["hub"]


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def client(engine: Engine) -> TestClient:
    # Not entered as a context, so that no worker process starts.
    app: FastAPI = create_app(
        Settings({"LOSSMASK_CONVERSATION_CHARACTERS": "5000", "LOSSMASK_ANSWERS_MEGABYTES": "0"})
    )
    app.state.pool = engine
    return TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5_000))


@pytest.fixture
def post(client: TestClient) -> Post:
    def send(conversation: str = PASTE, headers: dict[str, str] | None = None, **fields: str) -> Any:
        return client.post("/", data={"conversation": conversation, **fields}, headers=headers or {})

    return send


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """One that stores snapshots."""
    return application(tmp_path)
