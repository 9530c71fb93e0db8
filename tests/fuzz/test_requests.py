"""Requests that make sense by half, to the running server: every rule, odd options, the pages' forms.

The API answers as its document says; a page answers with what it found or with a sentence. None gives
a 5xx but 503.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lossmask.settings import Settings
from lossmask.strategies.registry import STRATEGIES
from lossmask.web.app import create_app

from tests.fuzz import shapes
from tests.fuzz.amount import examples, phases
from tests.fuzz.answers import Judge
from tests.web.serving import Served

MANY = settings(
    max_examples=examples(8, 1000),
    phases=phases(),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

batches = st.fixed_dictionaries(
    {"conversations": st.lists(shapes.conversations, min_size=1, max_size=4), "strategy": shapes.rules},
    optional={
        "chat_template": shapes.templates,
        "reduction": shapes.reductions,
        "compare_with": shapes.reductions,
        "columns": st.booleans(),
        "batch": st.fixed_dictionaries(
            {},
            optional={
                "micro_batch_size": st.integers(0, 9),
                "gradient_accumulation_steps": st.integers(1, 4),
                "ranks": st.integers(1, 4),
                "packing": st.sampled_from((None, "bfd", "bfd_split", "wrapped")),
                "packing_length": st.none() | st.integers(0, 80),
                "padding_free": st.booleans(),
            },
        ),
    },
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "strategy": shapes.rules,
        "chat_template": shapes.templates,
        "conversation": shapes.conversations,
    },
)
comparisons = st.fixed_dictionaries(
    {"a": shapes.requests, "b": changes},
    optional={"examples": st.lists(st.integers(0, 1), min_size=2, max_size=2)},
)
BODIES = {
    "/api/analyses": shapes.requests,
    "/api/matrices": shapes.requests,
    "/api/comparisons": comparisons,
    "/api/batches": batches,
    "/api/snapshots": st.fixed_dictionaries({"request": shapes.requests}),
    "/api/losses": st.builds(
        lambda asked, losses: {**asked, "losses": losses},
        shapes.requests,
        st.fixed_dictionaries(
            {"values": st.lists(st.floats(-1, 9) | st.none(), max_size=40) | shapes.values}
        ),
    ),
}

words = shapes.texts | st.sampled_from(("on", "1", "0", "-1", "99999999999999999999", "last"))
forms = st.fixed_dictionaries(
    {"conversation": shapes.conversations.map(json.dumps) | shapes.texts},
    optional={
        "format": words | st.sampled_from(("auto", "messages", "plain")),
        "row": words,
        "tokenizer": words | st.just("bundled"),
        "loader": words,
        "template": shapes.templates.map(lambda name: name or "own") | words | st.just("pasted"),
        "template_source": words,
        "strategy": st.sampled_from(list(STRATEGIES)) | words,
        "option.assistant-turns.max_length": words,
        "option.axolotl.roles": words,
        "argument.enable_thinking": words,
        "more_arguments": shapes.values.map(json.dumps) | words,
        "reduction": words,
        "losses": st.sampled_from(("pasted", "model", "endpoint")) | words,
        "loss_values": words,
        "today": words,
        "view": words,
        "lens": words,
        "page": words,
        "example": words,
        "pin": words,
        "state": shapes.values.map(json.dumps) | words,
        "micro_batch_size": words,
        "packing": words,
        "b.strategy": words,
        "copy_of": words,
    },
)
PAGES = ("/", "/compare", "/matrix", "/batch", "/files/json", "/files/csv", "/files/markdown", "/losses")
"""Where forms are posted."""
ADDRESSES = (
    *("/?", "/compare?", "/matrix?", "/batch?", "/embed?", "/present?", "/lessons/", "/s/", "/embed/s/"),
    *("/files/", "/losses/", "/static/", "/oembed?url=", "/notes/", "/docs?"),
)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    judge = Judge(create_app(Settings({})).openapi())
    yield judge
    print(f"\n{judge.total():,} requests\n{judge.table()}")


@pytest.fixture(scope="module")
def connection(server: Served) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    yield connection
    connection.close()


def sent(connection: HTTPConnection, *asked: Any) -> tuple[int, dict[str, str], bytes]:
    try:
        connection.request(*asked)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    except BaseException:
        # So that the next request begins anew.
        connection.close()
        raise


@pytest.mark.parametrize("path", BODIES)
def test_the_api(path: str, connection: HTTPConnection, judge: Judge) -> None:
    @MANY
    @given(BODIES[path])
    def run(asked: Any) -> None:
        status, headers, body = sent(connection, "POST", path, shapes.body(asked))
        judge.check(f"POST {path}", status, headers, body)
        if status == 202:
            check_job(connection, judge, headers["location"])

    run()


def check_job(connection: HTTPConnection, judge: Judge, address: str) -> None:
    """A job for losses ends; where it fails, with what the user can mend."""
    state = "running"
    while state == "running":
        status, headers, body = sent(connection, "GET", address)
        judge.check("GET /api/losses/{id}", status, headers, body)
        told = json.loads(body)
        state = told["state"]
    assert state == "done" or told["error"]["status"] in (422, 503), told["error"]


@pytest.mark.parametrize("is_part", [False, True])
@pytest.mark.parametrize("path", PAGES)
def test_forms(path: str, is_part: bool, connection: HTTPConnection) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    headers |= {"HX-Request": "true"} if is_part else {}

    @MANY
    @given(forms)
    def run(fields: dict[str, str]) -> None:
        status, _, page = sent(connection, "POST", path, urlencode(fields), headers)
        assert status in (200, 404, 413, 422, 503), (status, page[:500])
        assert b"Traceback" not in page

    run()


@pytest.mark.parametrize("path", ADDRESSES)
def test_addresses(path: str, connection: HTTPConnection) -> None:
    @MANY
    @given(
        st.dictionaries(st.sampled_from(("example", "view", "pin", "lens", "theme", "step", "url")), words),
        words,
    )
    def run(query: dict[str, str], rest: str) -> None:
        encoded = urlencode({"": rest})[1:] + ("&" if "?" in path else "?") + urlencode(query)
        status, _, page = sent(connection, "GET", path + encoded, None, {"Accept": "text/html"})
        assert status < 500 or status == 503, (status, page[:500])

    run()


@settings(max_examples=examples(20, 3000))
@given(
    raw=st.binary(max_size=300),
    kind=st.sampled_from(("application/json", "multipart/form-data; boundary=x", "")),
)
@pytest.mark.parametrize(
    "path", ["/api/analyses", "/api/conversations", "/api/snapshots", "/", "/files/open"]
)
def test_bodies_that_are_nothing(path: str, connection: HTTPConnection, raw: bytes, kind: str) -> None:
    status, _, page = sent(connection, "POST", path, raw, {"Content-Type": kind})
    assert status in (200, 400, 413, 422, 503), (status, page[:500])
