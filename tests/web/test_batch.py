"""The batch page's HTML: whole and in part, its faults, and the way to and from the tokens."""

from __future__ import annotations

import html
import json
import re

import pytest
from starlette.testclient import TestClient

from tests.web.batches import BatchEngine, client_of

ROW = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}]}
ROWS = "\n".join([json.dumps(ROW)] * 3)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def engine() -> BatchEngine:
    return BatchEngine()


@pytest.fixture
def client(engine: BatchEngine) -> TestClient:
    return client_of(engine, batch_conversations="5")


def test_prepared_rows_are_computed_already(engine: BatchEngine) -> None:
    text = client_of(engine).get("/batch?theme=dark").text
    assert 'data-theme="dark"' in text
    assert f"{len(engine.asked[0].conversations)} conversations in 1 optimizer step" in text
    assert "weighs 27 times one of conversation 2" in text


def test_every_row_is_asked_for_with_the_fields(client: TestClient, engine: BatchEngine) -> None:
    fields = {"conversation": ROWS, "template": "bundled:chatml", "batch.micro_batch_size": "2"}
    text = client.post("/batch", data={**fields, "strategy": "full", "option.full.max_length": "9"}).text
    asked = engine.asked[0]
    assert (len(asked.conversations), asked.shape.micro_batch_size) == (3, 2)
    assert asked.base.strategy.options == {"max_length": "9"}
    assert '<input type="hidden" name="option.full.max_length" value="9">' in text
    assert '<option value="full" selected>' in text


def test_htmx_gets_the_result_alone(client: TestClient) -> None:
    answer = client.post("/batch", data={"conversation": ROWS, "template": "bundled:chatml"}, headers=HTMX)
    assert "<html" not in answer.text
    assert "<form" not in answer.text
    assert "3 conversations" in answer.text
    assert answer.headers["Vary"] == "HX-Request"


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"conversation": ""}, 422, "There is no conversation to make a batch of"),
        ({"conversation": ROWS + "\n" + ROWS}, 413, "6 conversations; a batch takes 5"),
        ({"conversation": '{"messages": [}'}, 422, "Line 1"),
        ({"conversation": ROWS, "batch.ranks": "x"}, 422, "The ranks is a whole number"),
        ({"conversation": ROWS, "reduction": "nonsense"}, 422, "There is no reduction"),
    ],
)
def test_faults_keep_what_was_typed(
    client: TestClient, fields: dict[str, str], status: int, words: str
) -> None:
    answer = client.post("/batch", data={"template": "bundled:chatml", **fields})
    assert answer.status_code == status
    text = html.unescape(answer.text)
    assert words in text
    assert fields["conversation"] in text
    assert client.post("/batch", data=fields, headers=HTMX).status_code == status


def test_the_way_there_and_back(client: TestClient) -> None:
    assert 'form="form" formaction="/batch"' in client.get("/").text
    text = client.post("/batch", data={"conversation": ROWS, "template": "bundled:chatml"}).text
    assert 'formaction="/" class="plain">Back to the tokens' in text
    assert 'form="form" formaction="/" name="row" value="2"' in text


def test_nothing_inline_and_names_are_unique(client: TestClient) -> None:
    text = client.post("/batch", data={"conversation": ROWS, "template": "bundled:chatml"}).text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_hostile_rows_are_inert(client: TestClient) -> None:
    hostile = '"><script>alert(1)</script>'
    row = {"messages": [{"role": hostile, "content": hostile}, {"role": "assistant", "content": "x"}]}
    text = client.post("/batch", data={"conversation": json.dumps(row), "template": "bundled:chatml"}).text
    assert "<script>" not in text
