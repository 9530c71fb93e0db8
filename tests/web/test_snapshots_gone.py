"""Deleting by the secret; whatever is not there gives one answer, and too many misses none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from lossmask.storage.ids import is_id, new_id
from lossmask.storage.store import Store
from starlette.testclient import TestClient

from tests.web.client import HTML
from tests.web.snapshots import PUBLIC, SECRET, application, client_of, expired, problem, store

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


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return client_of(app)


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
