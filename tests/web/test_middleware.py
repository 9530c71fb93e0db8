from __future__ import annotations

import pytest
from lossmask.errors import TooLarge
from lossmask.web.middleware import (
    HEADERS,
    BodyLimit,
    PlainBodies,
    SameOrigin,
    SecurityHeaders,
    is_plain,
    is_same_origin,
)
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient


async def echo(request: Request) -> Response:
    try:
        return PlainTextResponse(str(len(await request.body())))
    except TooLarge as error:
        return PlainTextResponse(error.detail, 413)


async def refuse(request: Request) -> Response:
    return PlainTextResponse("refused", 403)


CLIENT = TestClient(
    Starlette(
        routes=[Route("/", echo, methods=["GET", "POST"])],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(SameOrigin, refuse=refuse),
            Middleware(PlainBodies, refuse=refuse),
            Middleware(BodyLimit, limit=100),
        ],
    )
)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_answer_has_the_security_headers(method: str) -> None:
    headers = CLIENT.request(method, "/").headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS


def test_a_refusal_has_them_too() -> None:
    answer = CLIENT.post("/", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_scripts_come_from_this_server_alone() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost:8000"}, False),
        ({"origin": "http://localhost:8000"}, True),
        ({"origin": "http://localhost:9000"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
    ],
)
def test_only_this_sites_pages_and_programs_may_post(headers: dict[str, str], passes: bool) -> None:
    found = Headers({"host": "localhost:8000", **headers})
    assert is_same_origin("POST", found) is passes
    assert is_same_origin("DELETE", found) is passes
    assert is_same_origin("GET", found)


def test_a_body_up_to_the_limit_is_read() -> None:
    assert CLIENT.post("/", content=b"x" * 100).text == "100"


def test_a_declared_length_over_the_limit_is_refused() -> None:
    assert CLIENT.post("/", content=b"x" * 101).status_code == 413


def test_a_length_that_nobody_declared_is_counted() -> None:
    assert CLIENT.post("/", content=(b"x" * 10 for _ in range(11))).status_code == 413
    assert CLIENT.post("/", content=(b"x" * 10 for _ in range(10))).text == "100"


@pytest.mark.parametrize(
    ("encoding", "plain"),
    [("identity", True), ("", True), (" Identity ", True), ("gzip", False), ("gzip, identity", False)],
)
def test_a_body_is_what_it_says(encoding: str, plain: bool) -> None:
    assert is_plain(Headers({"content-encoding": encoding})) is plain
    answer = CLIENT.post("/", content=b"x", headers={"content-encoding": encoding})
    assert answer.text == ("1" if plain else "refused")
