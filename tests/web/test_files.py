"""Files on the page: saved by the form's own fields, opened again, with and without the tokenizer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lossmask.core.analysis import Analysis
from lossmask.core.files import read_body
from lossmask.core.files.body import bytes_body
from lossmask.core.losses import Losses
from lossmask.engine.analyse import analyse
from lossmask.errors import TokenizerError
from lossmask.web.files import with_saved_losses
from lossmask.web.save import KINDS
from starlette.testclient import TestClient

from tests.core.files.bodies import HOSTILE, HOSTILE_CHAT, body_for, values
from tests.web.client import HTML, HTMX, running
from tests.web.engine import PASTE, Engine

FIELDS = {
    "conversation": PASTE,
    "template": "bundled:chatml",
    "strategy": "full",
    "option.full.max_length": "9",
}


@pytest.fixture(scope="module")
def live() -> Iterator[TestClient]:
    """A client of an application whose workers really analyse."""
    with running(file_bytes=200_000) as found:
        yield found


def opened(client: TestClient, content: str | bytes, headers: dict[str, str] | None = None) -> Any:
    return client.post("/files/open", files={"file": ("private.html", content)}, headers=headers or HTML)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_a_download(live: TestClient, name: str) -> None:
    kind = KINDS[name]
    answer = live.post(f"/files/{name}", data=FIELDS)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind.media_type
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    pattern = rf'attachment; filename="lossmask-[0-9a-f]{{8}}\.{kind.extension}"'
    assert re.fullmatch(pattern, answer.headers["content-disposition"])
    assert answer.content


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.opens])
@pytest.mark.parametrize("headers", [HTML, HTMX])
def test_a_saved_file_opens_again(live: TestClient, name: str, headers: dict[str, str]) -> None:
    saved = live.post(f"/files/{name}", data=FIELDS).content
    answer = opened(live, saved, headers)
    assert answer.status_code == 200
    assert "Same result as shared." in answer.text
    assert "9 of 9 tokens" in answer.text or "8 of 9 tokens" in answer.text
    assert re.search(r'name="option\.full\.max_length"[^>]*value="9"', answer.text)
    assert ('id="errors" hx-swap-oob' in answer.text) == (headers is HTMX)


def test_a_file_holds_the_analysis_of_the_form(live: TestClient) -> None:
    body = bytes_body(live.post("/files/json", data=FIELDS).content)
    assert body.state.strategy.name == "full"
    asked = body.state.request()
    assert values(body)["analysis"] == json.loads(json.dumps(analyse(asked).as_json()))


def test_a_link_in_a_file_leads_here(live: TestClient) -> None:
    text = live.post("/files/markdown", data=FIELDS).text
    assert "http://testserver/#v1." in text


def test_a_form_with_a_fault_comes_back_as_it_was_typed(live: TestClient) -> None:
    answer = live.post("/files/html", data=FIELDS | {"conversation": "[{]"}, headers=HTML)
    assert answer.status_code == 422
    assert "content-disposition" not in answer.headers
    assert "[{]</textarea>" in answer.text
    assert 'class="failure"' in answer.text


def test_nothing_is_saved_of_nothing(live: TestClient) -> None:
    answer = live.post("/files/html", data={"conversation": " "}, headers=HTML)
    assert answer.status_code == 422
    assert "nothing to save" in answer.text


def test_there_are_no_other_kinds(live: TestClient) -> None:
    answer = live.post("/files/exe", data=FIELDS)
    assert (answer.status_code, answer.json()["code"]) == (422, "no-such-kind")


def test_a_file_over_the_limit_is_neither_saved_nor_opened(live: TestClient) -> None:
    long = json.dumps([{"role": "user", "content": "word " * 8_000}])
    answer = live.post("/files/json", data={"conversation": long, "template": "bundled:chatml"}, headers=HTML)
    assert answer.status_code == 413
    assert "--save NAME.json" in answer.text
    answer = opened(live, b" " * 200_001)
    assert answer.status_code == 413
    assert "lossmask open FILE" in answer.text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no file that opens again"),
        (b"\xff\xfe", "neither a page nor JSON"),
        (b"{", "no JSON"),
        (b"<p>hi", "holds no analysis"),
        (b"position,id\r\n", "no file that opens again"),
        (b'{"v": 2, "state": {}, "analysis": {}}', "later version"),
        (PASTE.encode(), "not hold what Lossmask writes"),
    ],
)
@pytest.mark.parametrize("headers", [HTML, HTMX])
def test_what_cannot_be_opened_is_said_plainly(
    live: TestClient, content: bytes, says: str, headers: dict[str, str]
) -> None:
    answer = opened(live, content, headers)
    assert answer.status_code == 422
    assert says in answer.text
    assert 'class="failure"' in answer.text
    assert ("<!doctype" in answer.text) == (headers is HTML)


@pytest.mark.parametrize("files", [{}, {"other": ("x", b"y")}, {"file": ("", b"")}])
def test_no_file_is_no_fault(live: TestClient, files: dict[str, Any]) -> None:
    answer = live.post("/files/open", files=files or {"x": ("x", b"")}, headers=HTML)
    assert answer.status_code == 422
    assert "Choose a file first" in answer.text


def test_another_sites_page_cannot_open(live: TestClient) -> None:
    assert opened(live, "{}", HTML | {"origin": "https://evil.example"}).status_code == 403


def test_a_page_that_is_loaded_again_starts_anew(live: TestClient) -> None:
    for path in ("/files/open", "/files/opened"):
        answer = live.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_without_the_tokenizer_the_saved_result_is_shown(client: TestClient, engine: Engine) -> None:
    body = body_for(HOSTILE_CHAT)
    engine.answer = TokenizerError("There is no tokenizer x/y.", code="unknown-tokenizer")
    answer = opened(client, body.text())
    assert answer.status_code == 200
    assert "This is the result as it was saved; it was not analysed again here. There is no" in answer.text
    assert "Same result" not in answer.text
    found = read_body(body.text()).analysis.examples[0].example.used.sum()
    assert f"{found:,} of {len(body.analysis.examples[0].example.tokens):,} tokens train" in answer.text
    assert "<script>document" not in answer.text
    assert HOSTILE not in answer.text


def test_other_faults_are_faults(client: TestClient, engine: Engine) -> None:
    engine.answer = TokenizerError("It was cancelled.", code="unknown-tokenizer")
    found = values(body_for())
    found["state"]["strategy"] = {"name": "no-such-rule"}
    answer = opened(client, json.dumps(found))
    assert answer.status_code == 422
    assert "no-such-rule" in answer.text


def test_what_the_server_was_started_with_is_shown(client: TestClient, engine: Engine) -> None:
    body = body_for()
    engine.answer = body.analysis
    for given in (body, body.state):
        client.app.state.opened = given  # type: ignore[attr-defined]
        answer = client.get("/files/opened", headers=HTML)
        assert answer.status_code == 200
        assert "Same result as shared." in answer.text


def with_losses(analysis: Analysis) -> Analysis:
    count = len(analysis.examples[0].example.tokens)
    return analysis.with_losses([Losses("a model", np.linspace(0.5, 3, count))])


def test_losses_come_back_with_the_same_tokens_alone() -> None:
    plain = body_for()
    body = plain._replace(analysis=with_losses(plain.analysis))
    again = with_saved_losses(read_body(body.text()), plain.analysis)
    assert again.examples[0].losses is not None
    assert np.allclose(again.examples[0].contributions, body.analysis.examples[0].contributions)
    other = body_for(strategy="full").analysis
    assert with_saved_losses(body, other) is other


def test_no_name_of_a_file_is_repeated(live: TestClient) -> None:
    assert "private.html" not in opened(live, body_for().text()).text
    assert "private.html" not in opened(live, "nonsense").text


def test_examples_further_on_are_restored(client: TestClient, engine: Engine) -> None:
    body = body_for()
    two = replace(body.analysis, examples=body.analysis.examples * 2)
    found = values(body)
    found["analysis"]["examples"] *= 2
    found["state"].pop("digest")
    found["state"]["view"] = {"example": 1}
    engine.answer = two
    assert "Example 2 of 2" in opened(client, json.dumps(found)).text
