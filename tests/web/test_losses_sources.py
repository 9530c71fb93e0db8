"""Losses from a paste and from the operator's server, through the whole application."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.losses.fake_server import FakeServer, running_server
from tests.web.client import CHAT, HTML, running


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeServer]:
    with running_server("vllm") as server:
        yield server


@pytest.fixture(scope="module")
def client(fake: FakeServer) -> Iterator[TestClient]:
    with running(logprobs_url=fake.url, logprobs_key="s3cret-key") as found:
        yield found


@pytest.fixture(scope="module")
def example(client: TestClient, fake: FakeServer) -> dict[str, Any]:
    """The example without losses; from here on the server has its tokenizer."""
    found: dict[str, Any] = client.post("/api/analyses", json=CHAT).json()["examples"][0]
    spans = (found["text"][start:end] for start, end in found["offsets"])
    fake.texts = dict(zip(found["input_ids"], spans, strict=True))
    return found


def found(client: TestClient, losses: object) -> Any:
    answer = client.post("/api/analyses", json={**CHAT, "losses": losses})
    assert answer.status_code == 200, answer.text
    return answer.json()["examples"][0]


def test_pasted_losses_make_contributions(client: TestClient, example: dict[str, Any]) -> None:
    used = [at for at, label in enumerate(example["labels"]) if label != -100 and at]
    row = found(client, {"values": [0.5] * len(used)})
    assert row["losses"]["source"] == "a paste"
    assert [row["losses"]["cross_entropy"][at] for at in used] == [0.5] * len(used)
    assert sum(row["contributions"]) == pytest.approx(0.5)


def test_the_operators_server_is_asked(client: TestClient, example: dict[str, Any], fake: FakeServer) -> None:
    row = found(client, {"endpoint": True})
    ids = example["input_ids"]
    expected = [None, *(-fake.logprob(at, ids[at]) for at in range(1, len(ids)))]
    assert row["losses"]["cross_entropy"] == expected
    assert row["losses"]["source"] == "endpoint:tiny"


def test_a_server_that_fails_is_told_by_status_and_sentence(
    client: TestClient, example: dict[str, Any], fake: FakeServer
) -> None:
    fake.body, fake.status = b'{"error": {"message": "Out of memory, s3cret-key."}}', 500
    try:
        answer = client.post("/api/analyses", json={**CHAT, "losses": {"endpoint": True}})
    finally:
        fake.body, fake.status = None, 200
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "endpoint-refused"
    assert answer.json()["detail"] == "The server refused with status 500: Out of memory, …."


def test_a_paste_at_fault_is_told_with_its_place(client: TestClient) -> None:
    losses = {"values": "tensor([0.5,\n ..., 0.1])"}
    answer = client.post("/api/analyses", json={**CHAT, "losses": losses})
    assert answer.status_code == 422
    assert answer.json()["where"] == {"line": 2, "column": 2}


def test_without_a_server_none_is_offered() -> None:
    with running() as client:
        answer = client.post("/api/analyses", json={**CHAT, "losses": {"endpoint": True}})
        assert (answer.status_code, answer.json()["code"]) == (422, "no-endpoint")
        text = client.get("/", headers=HTML).text
    assert 'name="losses" value="endpoint"' not in text
    assert 'name="loss_values"' in text


def test_the_form_keeps_what_was_pasted_and_chosen(client: TestClient) -> None:
    conversation = '[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]'
    fields = {"conversation": conversation, "losses": "pasted", "loss_values": "0.1 </textarea>, oops"}
    chosen = {"loss_kind": "logprob", "loss_alignment": "next"}
    text = client.post("/losses", data={**fields, **chosen}, headers=HTML).text
    assert "0.1 &lt;/textarea&gt;, oops" in text
    assert '<option value="logprob" selected>' in text
    assert '<option value="next" selected>' in text
    assert 'name="losses" value="endpoint"' in text
    assert "is no number" in text


def test_the_page_shows_pasted_losses(client: TestClient, example: dict[str, Any]) -> None:
    conversation = str(CHAT["conversation"]["messages"]).replace("'", '"')  # type: ignore[index]
    fields = {
        "conversation": conversation,
        "losses": "pasted",
        "loss_values": "-0.5, 0.01, -1",
        "loss_kind": "x",
    }
    text = client.post("/losses", data=fields, headers=HTML).text
    assert "Some of the numbers are above 0 and some below." in text


def test_the_key_is_on_no_page(client: TestClient) -> None:
    begun = time.monotonic()
    for path in ("/", "/api/openapi.json", "/api/health", "/api/tokenizers"):
        assert "s3cret" not in client.get(path).text
    assert time.monotonic() - begun < 60
