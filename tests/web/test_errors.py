from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from lossmask.errors import (
    Busy,
    ConversationError,
    LossmaskError,
    OptionError,
    StorageError,
    TemplateError,
    TemplateStopped,
    TokenizerError,
    TooLarge,
    TooMany,
    Where,
)
from lossmask.web import errors
from lossmask.web.jobs import ClientGone
from lossmask.web.middleware import HEADERS
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from tests.web.client import HTML, HTMX

KINDS: list[tuple[LossmaskError, int]] = [
    (ConversationError("No messages."), 422),
    (TemplateError("Unexpected end.", where=Where(3, 4)), 422),
    (TemplateStopped("Too long.", code="template-memory"), 422),
    (TokenizerError("Gated.", code="gated-tokenizer"), 422),
    (OptionError("No such option."), 422),
    (TooLarge("9 MB."), 413),
    (Busy("Later."), 503),
]


def client_of(error: Exception) -> TestClient:
    """A client of an application whose every route raises this."""
    app = FastAPI()
    errors.install(app)

    @app.get("/api/thing")
    @app.get("/thing")
    async def thing() -> None:
        raise error

    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(("error", "status"), KINDS)
def test_a_program_gets_a_problem_document(error: LossmaskError, status: int) -> None:
    answer = client_of(error).get("/api/thing")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert (found["status"], found["code"], found["detail"]) == (status, error.code, error.detail)
    assert ("where" in found) == (error.where is not None)


def test_the_place_is_told() -> None:
    answer = client_of(TemplateError("No.", where=Where(3, 4))).get("/api/thing")
    assert answer.json()["where"] == {"line": 3, "column": 4}


def test_a_full_queue_says_when_to_come_back() -> None:
    assert client_of(Busy("Later.")).get("/api/thing").headers["retry-after"] == "2"


@pytest.mark.parametrize(("error", "status"), KINDS)
def test_a_person_gets_a_page(error: LossmaskError, status: int) -> None:
    answer = client_of(error).get("/thing", headers=HTML)
    assert answer.status_code == status
    assert answer.text.startswith("<!doctype html>")
    assert error.detail in answer.text


def test_htmx_gets_a_part_and_never_a_page() -> None:
    answer = client_of(TemplateError("<b>No.</b>")).get("/thing", headers=HTML | HTMX)
    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert "&lt;b&gt;No.&lt;/b&gt;" in answer.text
    assert answer.headers["vary"] == "HX-Request"


def test_the_api_answers_json_whatever_is_accepted() -> None:
    answer = client_of(TooLarge("9 MB.")).get("/api/thing", headers=HTML)
    assert answer.json()["code"] == "too-large"


def test_a_fault_of_the_program_tells_nothing() -> None:
    client = client_of(RuntimeError("secret inside"))
    answer = client.get("/api/thing")
    assert answer.status_code == 500
    assert "secret inside" not in answer.text
    assert answer.json()["code"] == "internal-error"
    assert HEADERS.items() <= {name.title(): value for name, value in answer.headers.items()}.items()
    client = TestClient(client.app)
    with pytest.raises(RuntimeError, match="secret inside"):
        client.get("/api/thing")  # the server, which logs it, still sees it


def test_an_unknown_address_is_a_problem_too() -> None:
    answer = client_of(Busy("")).get("/api/nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_the_headers_of_an_http_error_are_kept() -> None:
    answer = client_of(Busy("")).post("/api/thing")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_nobody_is_answered_where_nobody_waits() -> None:
    assert client_of(ClientGone()).get("/thing").status_code == 499


def test_a_rate_limit_is_a_problem() -> None:
    assert errors.problem_of(HTTPException(429, "Slower.")).code == "too-many-requests"


def test_a_field_that_is_not_valid_is_named() -> None:
    fault = RequestValidationError([{"loc": ("query", "row"), "msg": "Not a number", "type": "int"}])
    assert errors.problem_of(fault).detail == "`row`: Not a number."


@pytest.mark.parametrize(
    ("error", "status", "wait"),
    [
        (Busy("Later."), 503, "2"),
        (TooMany("Enough."), 429, "3600"),
        (StorageError("Gone.", code="database-unreachable"), 503, "10"),
        (StorageError("Off.", code="snapshots-off"), 403, None),
    ],
)
def test_what_passes_says_when_to_try_again(error: LossmaskError, status: int, wait: str | None) -> None:
    for headers in ({}, HTML, HTMX):
        answer = client_of(error).get("/thing", headers=headers)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (status, wait)
