"""What holds for every route there is, found by walking the application, so that no new one is forgotten."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from lossmask.settings import Settings
from lossmask.web import middleware
from lossmask.web.app import create_app
from lossmask.web.costs import Cost
from lossmask.web.middleware import CONTENT_SECURITY_POLICY, HEADERS, PRIVATE_HEADERS
from starlette.requests import Request
from starlette.testclient import TestClient

from tests.shared import ROOT
from tests.web.client import HTML, HTMX
from tests.web.routes import Found, routes
from tests.web.snapshots import SECRET, application, client_of, store

ROUTES = routes(create_app(Settings({})))
CHANGING = [route for route in ROUTES if route.method not in ("GET", "HEAD")]
POSTS = [route for route in ROUTES if route.method == "POST"]
LIMIT = 4_000
HERE = "http://127.0.0.1"

COSTS_NOTHING = {
    "GET /openapi.json": "a document made once",
    "HEAD /openapi.json": "the same",
    "GET /docs": "drawn from it",
    "GET /api/strategies": "a list",
    "GET /api/reductions": "a list",
    "GET /api/templates": "a list",
    "GET /api/tokenizers": "a list",
    "GET /api/downloads": "how far a download is",
    "DELETE /api/downloads": "its end",
    "GET /api/health": "whether workers are up",
    "GET /api/losses/{id}": "how far a job is",
    "DELETE /api/losses/{id}": "its end",
    "GET /losses/{id}": "how far a job is, drawn",
    "DELETE /losses/{id}": "its end",
    "GET /api/snapshots/{id:path}": "read from the database; misses are counted",
    "DELETE /api/snapshots/{id:path}": "the same",
    "GET /s/{id:path}": "the same, drawn",
    "GET /s/{id}/manage": "the same",
    "GET /embed/s/{id:path}": "the same",
    "GET /oembed": "the same",
    "GET /embed": "a page without a result",
    "GET /files/open": "leads elsewhere",
    "GET /lessons": "a list",
    "GET /lessons/make": "a page without a result",
    "POST /lessons/export": "a file of what was sent",
    "GET /present": "a QR code of at most a thousand characters",
}
COSTS = [route for route in ROUTES if str(route) not in COSTS_NOTHING]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hardening")


@pytest.fixture(scope="module")
def app(folder: Path) -> FastAPI:
    return application(folder, body_bytes=str(LIMIT))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> TestClient:
    """Someone at this computer, for whom nothing is counted."""
    return client_of(app, "127.0.0.1", HERE)


def test_the_routes_are_those_of_the_document_and_the_pages() -> None:
    assert {"/", "/api/analyses", "/s/{id:path}", "/lessons/{name}"} <= {route.path for route in ROUTES}
    assert len(CHANGING) >= 18


@pytest.mark.parametrize("route", CHANGING, ids=str)
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": HERE},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8001"},
    ],
    ids=["cross", "same", "forged", "origin", "null", "port"],
)
def test_another_sites_page_changes_nothing(
    client: TestClient, route: Found, headers: dict[str, str]
) -> None:
    answer = client.request(route.method, route.address, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("route", CHANGING, ids=str)
def test_this_sites_own_page_is_let_in(client: TestClient, route: Found) -> None:
    headers = {"sec-fetch-site": "same-origin", "origin": HERE}
    assert client.request(route.method, route.address, headers=headers).status_code != 403


def test_a_foreign_host_is_refused(tmp_path: Path) -> None:
    client = client_of(application(tmp_path, hosts="127.0.0.1"), "127.0.0.1", "http://evil.example")
    for route in ROUTES:
        answer = client.request(route.method, route.address)
        assert answer.status_code == 400, str(route)
        check_headers(answer, route.address)


def fingerprint(app: FastAPI, folder: Path) -> tuple[object, ...]:
    """All that a request could change: what is stored, the downloads, the jobs."""
    with sqlite3.connect(folder / "snapshots.sqlite3") as database:
        stored = tuple(database.iterdump())
    return stored, dict(app.state.downloads._downloads), dict(app.state.loss_jobs._jobs)


def test_reading_changes_nothing(tmp_path: Path) -> None:
    app = application(tmp_path)
    client = client_of(app, "127.0.0.1", HERE)
    made = store(client)
    before = fingerprint(app, tmp_path)
    for route in ROUTES:
        if route.method in ("GET", "HEAD"):
            address = route.address.replace("k7w3czqtd9mh2xv5", made["id"])
            query = {"tokenizer": "hub:ORG/NAME", "url": made["url"], "at": "/", "example": "tools"}
            client.request(route.method, address, params=query, headers={SECRET: made["secret"], **HTML})
    assert fingerprint(app, tmp_path) == before
    assert client.delete(f"/api/snapshots/{made['id']}", headers={SECRET: made["secret"]}).status_code == 204
    assert fingerprint(app, tmp_path) != before


PART = b'--b\r\nContent-Disposition: form-data; name="conversation"\r\n\r\n%b\r\n--b--\r\n'
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"


@pytest.mark.parametrize("route", POSTS, ids=str)
@pytest.mark.parametrize("kind", [URLENCODED, MULTIPART])
@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_a_body_over_the_limit_is_refused(client: TestClient, route: Found, kind: str, chunked: bool) -> None:
    content = PART % (b"x" * LIMIT) if kind == MULTIPART else b"conversation=" + b"x" * LIMIT
    pieces = (content[at : at + 500] for at in range(0, len(content), 500))
    given: Any = pieces if chunked else content
    answer = client.post(route.address, content=given, headers={"content-type": kind})
    assert answer.status_code == 413
    assert "The request&#39;s body is larger than" in answer.text or answer.json()["code"] == "too-large"


@pytest.mark.parametrize("route", POSTS, ids=str)
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "x-gzip", "identity, gzip"])
def test_a_compressed_body_is_not_read(client: TestClient, route: Found, encoding: str) -> None:
    answer = client.post(route.address, content=b"\x1f\x8b", headers={"content-encoding": encoding})
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")


def check_headers(answer: Any, address: str) -> None:
    """Whatever an answer says, it has the headers that keep it from harm, once each."""
    framed = address == "/embed" or address.startswith("/embed/")
    for name, value in HEADERS.items():
        if name == "Content-Security-Policy" and framed:
            value = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        assert answer.headers.get_list(name) == [value], (answer.status_code, address, name)
    if address.startswith(middleware.PRIVATE):
        assert (
            PRIVATE_HEADERS.items() <= {name.title(): value for name, value in answer.headers.items()}.items()
        ), address


@pytest.mark.parametrize("headers", [{}, HTML, HTMX], ids=["program", "person", "htmx"])
def test_every_answer_has_the_security_headers(client: TestClient, headers: dict[str, str]) -> None:
    seen = set()
    for route in ROUTES:
        answer = client.request(route.method, route.address, headers=headers, follow_redirects=False)
        check_headers(answer, route.address)
        seen.add(answer.status_code)
        wrong = client.request("PATCH", route.address, headers=headers)
        assert wrong.status_code == 405
        check_headers(wrong, route.address)
    assert {200, 303, 404, 422} <= seen


def test_so_have_files_and_what_is_not_there(client: TestClient) -> None:
    file = client.get("/static/css/base.css")
    unchanged = client.get("/static/css/base.css", headers={"if-none-match": file.headers["etag"]})
    part = client.get("/static/css/base.css", headers={"range": "bytes=0-9"})
    gone = [
        client.get(path, headers=HTML) for path in ("/nowhere", "/static/nowhere.js", "/static/../app/cli.py")
    ]
    large = client.post("/", data={"conversation": "x" * LIMIT})
    statuses = [answer.status_code for answer in (file, unchanged, part, *gone, large)]
    assert statuses == [200, 304, 206, 404, 404, 404, 413]
    for answer in (file, unchanged, part, *gone, large):
        check_headers(answer, "/")


@pytest.mark.parametrize("address", ["/", "/s/k7w3czqtd9mh2xv5"])
def test_so_has_a_fault_of_the_program(tmp_path: Path, address: str) -> None:
    app = application(tmp_path)

    @app.middleware("http")
    async def fail(request: Request, call_next: Any) -> None:
        raise RuntimeError

    answer = client_of(app, "127.0.0.1", HERE).get(address, headers=HTML)
    assert answer.status_code == 500
    check_headers(answer, address)


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_route_says_what_it_costs(route: Found) -> None:
    costs = [found for found in route.dependencies if isinstance(found, Cost)]
    assert bool(costs) is (route in COSTS), f"say what {route} costs, or why it costs nothing"
    if costs and route.path.startswith("/api/"):
        documented = route.route.responses[429]
        assert "Retry-After" in documented["headers"]


def test_what_goes_back_as_it_was_typed_says_so() -> None:
    """A field whose value lost a character on the way back would lose what the user typed."""
    field = re.compile(
        r"""\b(?<![-\w])(?:value|name)="[^"]*\{\{(?P<value>.*?)\}\}|\{\{(?P<text>[^}]*)\}\}</textarea>"""
    )
    counted = re.compile(r"number|start|row|position|letter|side|share|\btoken\b|move\.to")
    found = [
        (path.name, match["value"] or match["text"])
        for path in (ROOT / "templates").rglob("*.html")
        for match in field.finditer(path.read_text(encoding="utf-8"))
    ]
    assert len(found) > 80
    plain = [(name, value) for name, value in found if "| exact" not in value and not counted.search(value)]
    assert plain == []
