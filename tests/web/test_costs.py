"""What each client may have of what costs: refused in time, told when to come back, counted by who asks."""

from __future__ import annotations

import asyncio
import contextvars
import re
from pathlib import Path

import pytest
from lossmask.engine.meter import METER
from lossmask.errors import TooMany
from lossmask.settings import Settings
from lossmask.web.costs import SECONDS, Cost, Shares
from starlette.requests import Request
from starlette.testclient import TestClient

from tests.web.client import CHAT, HTML, HTMX, running
from tests.web.engine import PASTE
from tests.web.routes import Found
from tests.web.snapshots import application, client_of
from tests.web.test_hardening import COSTS, HERE


def share(text: str) -> str:
    return re.sub(r"try again in \d+ s", "try again in … s", text)


@pytest.fixture
def sparing(tmp_path: Path) -> TestClient:
    """Someone elsewhere, on a server that lets each client have one analysis within a minute."""
    app = application(tmp_path, analyses_per_minute="1", losses_per_hour="0")
    return client_of(app)


SPENT = "As many analyses as one client may have within a minute were made for you; try again in … s."


def test_whoever_had_its_share_is_told_when_to_come_back(sparing: TestClient) -> None:
    assert sparing.post("/api/conversations", content=PASTE).status_code == 200
    answer = sparing.post("/api/analyses", json=CHAT)
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many")
    assert share(answer.json()["detail"]) == SPENT
    assert 0 < int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize("headers", [HTML, {**HTML, **HTMX}], ids=["page", "htmx"])
def test_the_page_says_it_in_a_sentence(sparing: TestClient, headers: dict[str, str]) -> None:
    assert sparing.post("/", data={"conversation": PASTE}, headers=HTML).status_code == 200
    answer = sparing.post("/", data={"conversation": PASTE}, headers=headers)
    assert answer.status_code == 429
    assert SPENT in share(answer.text)
    assert ("<html" in answer.text) is ("hx-request" not in headers)
    assert answer.headers["retry-after"]


@pytest.mark.parametrize("route", COSTS, ids=str)
def test_every_route_that_costs_is_refused_then(sparing: TestClient, route: Found) -> None:
    sparing.post("/api/conversations", content=PASTE)
    assert sparing.request(route.method, route.address, follow_redirects=False).status_code == 429


def test_jobs_for_losses_have_a_share_of_their_own(sparing: TestClient) -> None:
    answer = sparing.post("/api/losses", json={**CHAT, "losses": {"endpoint": True}})
    assert answer.status_code == 429
    assert "jobs for losses" in answer.json()["detail"]
    answer = sparing.post("/api/analyses", json={**CHAT, "losses": {"endpoint": True}})
    assert "jobs for losses" in answer.json()["detail"]


def test_a_download_is_counted_only_where_it_begins(tmp_path: Path) -> None:
    client = client_of(application(tmp_path, downloads_per_hour="0", hub="off"))
    answer = client.post("/", data={"conversation": PASTE, "tokenizer": "ORG/NAME"})
    assert answer.status_code == 429
    assert "As many tokenizers as one client may have downloaded" in answer.text
    assert client.post("/", data={"conversation": PASTE}).status_code == 200


def test_a_client_behind_a_named_proxy_counts_for_itself(tmp_path: Path) -> None:
    app = application(tmp_path, analyses_per_minute="1", trusted_proxies="192.0.2.1")
    proxy, stranger = client_of(app, "192.0.2.1"), client_of(app, "203.0.113.9")

    def status(client: TestClient, forwarded: str) -> int:
        headers = {"x-forwarded-for": forwarded}
        return client.post("/api/conversations", content=PASTE, headers=headers).status_code

    assert [status(proxy, "198.51.100.1"), status(proxy, "198.51.100.1")] == [200, 429]
    assert status(proxy, "198.51.100.2") == 200
    # What it writes in front of its own address, or from beyond the proxy, makes nobody another.
    assert status(proxy, "198.51.100.77, 198.51.100.1") == 429
    assert [status(stranger, "198.51.100.3"), status(stranger, "198.51.100.4")] == [200, 429]


def test_nobody_is_counted_on_this_computer(tmp_path: Path) -> None:
    client = client_of(application(tmp_path, analyses_per_minute="1"), "127.0.0.1", HERE)
    assert [client.post("/api/conversations", content=PASTE).status_code for _ in range(5)] == [200] * 5


def test_the_time_of_workers_is_counted_where_it_was_taken(tmp_path: Path) -> None:
    app = application(tmp_path)
    app.state.shares = Shares(Settings({"LOSSMASK_WORKER_SECONDS_PER_MINUTE": "2"}))
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "app": app}
    request = Request(scope | {"client": ("192.0.2.7", 1), "server": ("192.0.2.9", 80), "scheme": "http"})

    async def ask(seconds: float) -> None:
        await Cost()(request)
        tell = METER.get()
        assert tell is not None
        tell(seconds)

    def asked(seconds: float) -> None:
        contextvars.copy_context().run(asyncio.run, ask(seconds))

    asked(1.5)
    asked(0.6)
    with pytest.raises(TooMany, match=SECONDS):
        asked(0.1)


BOMB = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"


def test_whoever_sends_bombs_has_to_wait_by_their_time_and_others_do_not() -> None:
    with running(worker_seconds_per_minute=1, job_seconds=1) as client:
        bombed = client.post("/api/analyses", json={**CHAT, "chat_template": BOMB})
        assert bombed.json()["code"] == "template-timeout"
        answer = client.post("/api/analyses", json=CHAT)
        assert (answer.status_code, SECONDS in answer.json()["detail"]) == (429, True)
        other = TestClient(client.app, client=("192.0.2.8", 5_000), base_url="http://testserver")
        assert other.get("/api/health").status_code == 200
        assert client.app.state.shares.seconds.is_spent("testclient")
        assert not client.app.state.shares.seconds.is_spent("192.0.2.8")
