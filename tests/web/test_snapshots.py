"""Storing, opening and deleting, as programs do it."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from lossmask import __version__
from lossmask.core.files.body import read_body
from lossmask.core.state import Pasted
from lossmask.errors import Busy, StorageError, TemplateError
from lossmask.settings import Settings
from lossmask.storage.ids import is_id, new_id
from lossmask.storage.store import Store
from lossmask.web.snapshot_store import SnapshotStore
from starlette.testclient import TestClient

from tests.factory import analysis
from tests.web.client import CHAT, HTML, running
from tests.web.snapshots import PUBLIC, SECRET, STATE, application, client_of, store


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return application(tmp_path)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return client_of(app)


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def database(app: FastAPI) -> Path:
    return Path(app.state.settings.text("database"))


def expired(app: FastAPI) -> str:
    """The id of something that was stored two days ago for one day."""
    clock = datetime.now(UTC) - timedelta(days=2)
    with Store.open(app.state.settings, lambda: clock) as opened:
        return opened.create(b'{"v": 1}', "1-day").id


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


def test_deleting_takes_the_secret(client: TestClient) -> None:
    made, other = store(client), store(client)
    path = f"/api/snapshots/{made['id']}"
    assert problem(client.delete(path)) == (403, "wrong-secret")
    assert problem(client.delete(path, headers={SECRET: other["secret"]})) == (403, "wrong-secret")
    assert client.get(path).status_code == 200
    assert client.delete(path, headers={SECRET: made["secret"]}).status_code == 204
    assert problem(client.get(path)) == (404, "no-snapshot")
    assert problem(client.delete(path, headers={SECRET: made["secret"]})) == (404, "no-snapshot")
    assert client.get(f"/api/snapshots/{other['id']}").status_code == 200


def test_another_sites_page_deletes_nothing(client: TestClient) -> None:
    made = store(client)
    headers = {SECRET: made["secret"], "sec-fetch-site": "cross-site"}
    assert client.delete(f"/api/snapshots/{made['id']}", headers=headers).status_code == 403
    assert client.get(f"/api/snapshots/{made['id']}").status_code == 200


IMPOSSIBLE = (
    "x",
    "2" * 15,
    "2" * 17,
    "a" * 16,
    "K7W3CZTQD9MH2XV5",
    "k7w3cztqd9mh2xv%00",
    "é" * 16,
    "k7w3/tqd9mh2xv5k",
    "%2e%2e",
)


@pytest.mark.parametrize(
    "place", ["/s/{}", "/s/{}/manage", "/embed/s/{}", "/api/snapshots/{}", "/oembed?url=" + PUBLIC + "/s/{}"]
)
def test_whatever_is_not_there_gives_the_same_answer(app: FastAPI, place: str) -> None:
    client = client_of(app)
    deleted = store(client)
    client.delete(f"/api/snapshots/{deleted['id']}", headers={SECRET: deleted["secret"]})
    asked = (deleted["id"], expired(app), new_id(), *IMPOSSIBLE)
    for headers in (HTML, {}):
        answers = [client.get(place.format(id), headers=headers) for id in asked]
        first = answers[0]
        assert first.status_code == 404
        assert {answer.status_code for answer in answers} == {404}
        assert {answer.content for answer in answers} == {first.content}
        assert {tuple(answer.headers.multi_items()) for answer in answers} == {
            tuple(first.headers.multi_items())
        }
        assert "private" in first.headers["cache-control"]


def test_whatever_is_not_there_takes_the_same_way(
    client: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    client.get(f"/s/{new_id()}")
    real = Store.read

    def read(self: Store, id: str) -> Any:
        asked.append(id)
        return real(self, id)

    monkeypatch.setattr(Store, "read", read)
    for id in (new_id(), "nonsense", "a" * 16):
        client.get(f"/s/{id}")
    assert len(asked) == 3
    # What can be no id is asked for as one that nothing has, and never itself.
    assert all(map(is_id, asked))


def test_misses_are_limited_and_then_nothing_is_told(tmp_path: Path) -> None:
    app = application(tmp_path, snapshot_misses_per_hour="3")
    client = client_of(app)
    made = store(client)
    assert client.get(f"/s/{new_id()}").status_code == 404
    assert client.get(f"/api/snapshots/{made['id']}").status_code == 200
    assert client.delete(f"/api/snapshots/{made['id']}", headers={SECRET: "guess"}).status_code == 403
    assert client.get("/embed/s/none").status_code == 404
    for id in (made["id"], new_id()):
        refused = client.get(f"/s/{id}", headers=HTML)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 3_500
    assert client_of(app, "192.0.2.2").get(f"/s/{made['id']}").status_code == 200


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
