"""Storing and opening, as programs do it: what comes back, what is refused, and how much one may store."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from lossmask import __version__
from lossmask.core.files.body import read_body
from lossmask.core.state import Pasted
from lossmask.errors import Busy, TemplateError
from lossmask.storage.ids import is_id, new_id
from lossmask.storage.store import Store
from starlette.testclient import TestClient

from tests.factory import analysis
from tests.web.client import CHAT, running
from tests.web.snapshots import PUBLIC, STATE, application, client_of, problem, store


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return client_of(app)


def test_what_is_stored_comes_back(client: TestClient) -> None:
    made = store(client, lifetime="1-day")
    assert is_id(made["id"])
    assert made["url"] == f"{PUBLIC}/s/{made['id']}"
    assert made["manage_url"] == f"{made['url']}/manage#{made['secret']}"
    assert len(made["secret"]) == 32
    lasts = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=58) < lasts <= timedelta(days=1)
    answer = client.get(f"/api/snapshots/{made['id']}")
    found = answer.json()
    assert {name: found[name] for name in ("id", "url", "expires_at")} == {
        name: made[name] for name in ("id", "url", "expires_at")
    }
    assert found["analysis"]["examples"][0]["input_ids"] == analysis().as_json()["examples"][0]["input_ids"]
    assert made["secret"] not in answer.text
    body = read_body(answer.text)
    assert body.state.read_conversation().messages[1]["content"] == "to bake pancakes, one takes a pan"


def test_a_request_is_stored_as_the_state_that_it_is(tmp_path: Path) -> None:
    with running(database=tmp_path / "s.sqlite3") as client:
        asked = CHAT | {"chat_template": "bundled:chatml", "strategy": {"name": "full"}, "today": None}
        answer = client.post("/api/snapshots", json={"request": asked})
        found = client.get(f"/api/snapshots/{answer.json()['id']}").json()
        again = client.post(
            "/api/analyses", json=CHAT | {"chat_template": "bundled:chatml", "strategy": {"name": "full"}}
        )
    assert found["state"]["template"]["name"] == "bundled:chatml"
    assert found["state"]["strategy"] == {"name": "full"}
    assert found["state"]["digest"] == found["analysis"]["digest"] == again.json()["digest"]
    assert found["analysis"]["examples"] == again.json()["examples"]


def test_a_clients_figures_are_not_stored(app: FastAPI, client: TestClient) -> None:
    app.state.pool.answer = replace(analysis(), versions={"lossmask": "0.1.0", "transformers": "5.23"})
    lies = {"digest": "0" * 64, "versions": {"transformers": "9.9"}, "app": "9.9", "check": None}
    tokenizer = {"name": "bundled", "revision": "f" * 40}
    made = store(client, state={**STATE, **lies, "tokenizer": tokenizer})
    found = client.get(f"/api/snapshots/{made['id']}").json()
    assert found["state"]["digest"] == found["analysis"]["digest"]
    assert (
        found["state"]["versions"]
        == found["analysis"]["versions"]
        == {
            "lossmask": "0.1.0",
            "transformers": "5.23",
        }
    )
    assert found["state"]["app"] == __version__
    assert "f" * 40 not in json.dumps(found)


def test_what_was_in_sight_is_stored(client: TestClient) -> None:
    view = {"tab": "table", "pin": [6, 7], "theme": "dark"}
    pasted = {"text": json.dumps(CHAT["conversation"]["messages"]), "row": 0}
    made = store(client, state={"v": 1, "conversation": pasted, "view": view})
    state = read_body(client.get(f"/api/snapshots/{made['id']}").text).state
    assert state.view.tab == "table"
    assert state.view.pin == (6, 7)
    assert isinstance(state.conversation, Pasted)
    assert state.conversation.text == pasted["text"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad-request"),
        ([], "bad-request"),
        ({"state": STATE, "request": CHAT}, "bad-request"),
        ({"state": STATE, "lifetime": "forever"}, "bad-lifetime"),
        ({"state": STATE, "lifetime": "unlimited"}, "bad-lifetime"),
        ({"state": STATE, "lifetime": 30}, "bad-request"),
        ({"state": STATE, "analysis": {}}, "bad-request"),
        ({"state": STATE, "losses": {"model": 3}}, "bad-request"),
        ({"state": {"v": 99}}, "link-version"),
        ({"state": {"v": 1}}, "bad-link"),
        ({"state": "v1.abc"}, "bad-link"),
        ({"request": {"conversation": {}}}, "bad-conversation"),
    ],
)
def test_what_cannot_be_stored_is_refused(client: TestClient, app: FastAPI, body: Any, code: str) -> None:
    assert problem(client.post("/api/snapshots", json=body)) == (422, code)
    assert app.state.pool.asked == []


def test_a_link_without_words_cannot_be_stored(client: TestClient) -> None:
    structure = {"roles": ["user"], "examples": [[]]}
    answer = client.post("/api/snapshots", json={"state": {"v": 1, "structure": structure}})
    assert answer.status_code == 422


def test_bad_json_names_its_place(client: TestClient) -> None:
    answer = client.post("/api/snapshots", content=b'{"state":\n x}')
    assert problem(answer) == (422, "bad-json")
    assert answer.json()["where"]["line"] == 2


def test_what_the_analysis_raises_is_the_answer_and_nothing_is_stored(
    app: FastAPI, client: TestClient
) -> None:
    for error, status in ((TemplateError("No."), 422), (Busy("Later."), 503)):
        app.state.pool.answer = error
        assert client.post("/api/snapshots", json={"state": STATE}).status_code == status
    with Store.open(app.state.settings) as opened:
        assert opened.usage().count == 0


def test_too_large_a_state_is_told_its_size(client: TestClient) -> None:
    long = {"v": 1, "conversation": {"messages": [{"role": "user", "content": "x" * 1_468_000}]}}
    answer = client.post("/api/snapshots", json={"state": long})
    assert problem(answer) == (413, "too-large")
    assert answer.json()["detail"].startswith("Your state is 1.4 MiB; export a file instead.")


def test_the_compressed_size_is_limited(tmp_path: Path) -> None:
    client = client_of(application(tmp_path, snapshot_stored_bytes="300"))
    assert problem(client.post("/api/snapshots", json={"state": STATE})) == (413, "too-large")


def test_a_full_store_says_so(tmp_path: Path) -> None:
    client = client_of(application(tmp_path, snapshot_quota_bytes="300"))
    assert problem(client.post("/api/snapshots", json={"state": STATE})) == (507, "storage-full")


def test_one_client_stores_so_often_within_an_hour(tmp_path: Path) -> None:
    app = application(tmp_path, snapshots_per_hour="2")
    client = client_of(app)
    store(client)
    assert client.post("/api/snapshots", json={"state": {"v": 1}}).status_code == 422
    store(client)
    refused = client.post("/api/snapshots", json={"state": STATE})
    assert problem(refused) == (429, "too-many")
    assert 3_500 < int(refused.headers["retry-after"]) <= 3_600
    # A header that anyone can send makes nobody another client.
    assert (
        client.post(
            "/api/snapshots", json={"state": STATE}, headers={"x-forwarded-for": "9.9.9.9"}
        ).status_code
        == 429
    )
    store(client_of(app, "192.0.2.2"))


def test_a_server_that_stores_nothing(tmp_path: Path) -> None:
    client = client_of(application(tmp_path, snapshots="off"))
    assert problem(client.post("/api/snapshots", json={"state": STATE})) == (403, "snapshots-off")
    assert client.get(f"/s/{new_id()}").status_code == 403
    assert list(tmp_path.iterdir()) == []
