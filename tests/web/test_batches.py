"""`POST /api/batches`, and the list of reductions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from lossmask.core.batch.request import BATCH_FIELDS, BatchRequest
from lossmask.core.contributions import REDUCTIONS
from lossmask.engine.batch import analyse_batch
from lossmask.strategies.registry import STRATEGIES
from lossmask.web.api_docs import BATCHES
from starlette.testclient import TestClient

from tests.web.client import CHAT, running

ROW: Any = CHAT["conversation"]
BODY: dict[str, Any] = {
    "conversations": [ROW, {"messages": [*ROW["messages"][:1], {"role": "assistant", "content": "no"}]}],
    "batch": {"micro_batch_size": 1, "gradient_accumulation_steps": 2},
    "today": "2026-11-23",
}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with running(hub="off", body_bytes=20_000, batch_conversations=20, batch_seconds=5) as client:
        yield client


def problem(client: TestClient, body: Any, status: int) -> dict[str, Any]:
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    answer = client.post("/api/batches", content=content)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    return found


def test_a_batch_is_what_the_engine_says(client: TestClient) -> None:
    answer = client.post("/api/batches", json={**BODY, "columns": True})
    assert answer.status_code == 200
    expected = analyse_batch(BatchRequest.from_json({**BODY, "columns": True})).as_json()
    assert answer.json() == json.loads(json.dumps(expected))


def test_the_answer_has_the_parts_of_the_contract(client: TestClient) -> None:
    answer = client.post("/api/batches", json=BODY).json()
    assert set(answer) == {
        *("tokenizer", "strategy", "today", "batch", "reductions", "rows", "steps", "shares"),
        *("notable", "findings", "statistics", "versions"),
    }
    assert set(answer["rows"][0]) == {"row", "outcome", "tokens", "trained", "used", "step"}
    [step] = answer["steps"]
    assert [part["accumulation"] for part in step["micro_batches"]] == [0, 1]
    [sequence] = step["micro_batches"][0]["sequences"]
    assert set(sequence["documents"][0]) == {"row", "example", "start", "stop", "at", "cut"}
    assert "labels" not in sequence
    assert set(answer["shares"]) == {"conversations", "turns", "roles", "parts"}
    for group in answer["shares"].values():
        assert all(len(share["shares"]) == 2 for share in group)
    assert answer["batch"]["padding_free"] is False


def test_the_example_of_the_documentation_works(client: TestClient) -> None:
    example = BATCHES["requestBody"]["content"]["application/json"]["example"]
    assert client.post("/api/batches", json=example).status_code == 200


def test_the_documentation_names_every_field(client: TestClient) -> None:
    schema = BATCHES["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == set(BATCH_FIELDS)
    assert "/api/batches" in client.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "bad-json"),
        ("{", "bad-json"),
        ("[]", "bad-request"),
        ("3", "bad-request"),
        (b"\xff\xfe", "bad-json"),
        ({}, "bad-request"),
        ({"conversations": []}, "bad-request"),
        ({"conversations": {"messages": []}}, "bad-request"),
        ({"conversations": [None]}, "bad-conversation"),
        ({"conversations": [{"messages": []}]}, "bad-conversation"),
        ({"conversations": [ROW, {"messages": [3]}]}, "bad-conversation"),
        ({**BODY, "batch": 3}, "bad-request"),
        ({**BODY, "batch": {"micro_batch_size": -1}}, "bad-request"),
        ({**BODY, "batch": {"packing": "x"}}, "bad-request"),
        ({**BODY, "batch": {"ranks": {}}}, "bad-request"),
        ({**BODY, "columns": "no"}, "bad-request"),
        ({**BODY, "reduction": "median"}, "unknown-reduction"),
        ({**BODY, "reduction": {"name": "sum", "options": {"over": "step"}}}, "bad-option"),
        ({**BODY, "compare_with": {"name": "weighted-mean", "options": {"over": []}}}, "bad-option"),
        ({**BODY, "strategy": "absent"}, "unknown-strategy"),
        ({**BODY, "tokenizer": "local:absent"}, "unknown-tokenizer"),
        ({**BODY, "chat_template": "{% if %}"}, "template-error"),
    ],
)
def test_rubbish_is_a_problem_with_a_code(client: TestClient, body: Any, code: str) -> None:
    found = problem(client, body, 422)
    assert found["code"] == code
    assert found["detail"]


def test_too_many_conversations(client: TestClient) -> None:
    body = {"conversations": [[{"role": "user", "content": "x"}]] * 21}
    assert "at most 20" in problem(client, body, 413)["detail"]


def test_a_template_without_end_is_stopped(client: TestClient) -> None:
    endless = "{% for _ in range(99999) %}{% for _ in range(99999) %}{% endfor %}{% endfor %}"
    assert problem(client, {**BODY, "chat_template": endless}, 422)["code"] == "template-timeout"


def test_every_reduction_is_listed(client: TestClient) -> None:
    listed = client.get("/api/reductions").json()
    assert [row["name"] for row in listed] == list(REDUCTIONS)
    assert all(row["title"] and row["meaning"] and row["formula"] and row["source"] for row in listed)
    assert sorted(name for row in listed for name in row["strategies"]) == sorted(STRATEGIES)
    [option] = next(row for row in listed if row["name"] == "weighted-mean")["options"]
    assert (option["name"], option["kind"], option["default"]) == ("over", "choice", "step")
    assert option["choices"] == ["step", "micro-batch", "example"]


def test_a_strategy_names_its_reduction(client: TestClient) -> None:
    named = {row["name"]: row["reduction"]["name"] for row in client.get("/api/strategies").json()}
    assert named["open-instruct"] == named["megatron-bridge"] == "micro-batch-mean"
    assert named["trl-full"] == "token-mean"
