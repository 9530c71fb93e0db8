from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.rendering.library import bundled_templates
from lossmask.strategies.registry import STRATEGIES
from lossmask.web.api_docs import EXAMPLE
from starlette.testclient import TestClient

from tests.web.client import CHAT, running


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("tokenizers")
    (folder / "acme__empty").mkdir()
    (folder / "acme__empty" / "config.json").write_text("{}")
    with running(tokenizers=folder, hub="off", body_bytes=20_000, job_seconds=1) as client:
        yield client


def problem(client: TestClient, body: Any, status: int) -> dict[str, Any]:
    """The problem that an analysis is refused with."""
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    answer = client.post("/api/analyses", content=content)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["title"]
    return found


def test_an_analysis_is_what_the_engine_says(client: TestClient) -> None:
    answer = client.post("/api/analyses", json=CHAT)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    expected = analyse(AnalysisRequest.from_json(CHAT)).as_json()
    assert answer.json() == json.loads(json.dumps(expected))


def test_the_example_of_the_documentation_works(client: TestClient) -> None:
    answer = client.post("/api/analyses", json=EXAMPLE)
    assert answer.status_code == 200
    assert "<|start_header_id|>" in answer.json()["examples"][0]["text"]


def test_the_columns_have_one_length_and_the_runs_tile_the_text(client: TestClient) -> None:
    (example,) = client.post("/api/analyses", json=CHAT).json()["examples"]
    columns = ("labels", "weights", "offsets", "pieces", "messages", "parts", "reasons", "contributions")
    assert {len(example[name]) for name in columns} == {len(example["input_ids"])}
    runs = example["provenance"]["runs"]
    assert [run[0] for run in runs] == [0, *(run[1] for run in runs[:-1])]
    assert runs[-1][1] == len(example["text"])


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ('{"conversation":\n  tru}', "bad-json", {"line": 2, "column": 3}),
        ('{"conversation": [{"role": "user", "content": NaN}]}', "bad-json", {"line": 1, "column": 47}),
        (b'{"conversation": "\xff"}', "bad-json", {"line": 1, "column": 19}),
        ("[" * 5_000, "bad-json", None),
        ("[]", "bad-request", None),
        ({"messages": []}, "bad-request", None),
        ({"conversation": {"messages": []}}, "bad-conversation", None),
        ({**CHAT, "tokenizer": "../secrets"}, "bad-model-id", None),
        ({**CHAT, "tokenizer": "local:absent"}, "unknown-tokenizer", None),
        ({**CHAT, "tokenizer": "local:acme__empty"}, "no-tokenizer", None),
        ({**CHAT, "tokenizer": "hub:acme/model"}, "hub-off", None),
        ({**CHAT, "strategy": {"name": "guess"}}, "unknown-strategy", None),
        ({**CHAT, "strategy": {"name": "full", "options": {"depth": 3}}}, "bad-option", None),
        ({**CHAT, "reduction": {"name": "guess"}}, "unknown-reduction", None),
        ({**CHAT, "today": "yesterday"}, "bad-request", None),
        ({**CHAT, "chat_template": "bundled:guess"}, "unknown-template", None),
        ({**CHAT, "chat_template": "a\n{% for %}"}, "template-error", {"line": 2, "column": None}),
        (
            {**CHAT, "chat_template": "a\n{{ raise_exception('no') }}"},
            "template-error",
            {"line": 2, "column": None},
        ),
    ],
)
def test_what_the_user_can_mend(client: TestClient, body: Any, code: str, where: Any) -> None:
    found = problem(client, body, 422)
    assert found["code"] == code
    if where is not None:
        assert found["where"] == where


def test_an_endless_template_is_stopped(client: TestClient) -> None:
    endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    started = time.monotonic()
    assert problem(client, {**CHAT, "chat_template": endless}, 422)["code"] == "template-timeout"
    assert time.monotonic() - started < 5
    assert client.post("/api/analyses", json=CHAT).status_code == 200


@pytest.mark.parametrize("greedy", ["{{ 'a' * 10 ** 10 }}", "{% set x = 'a' * messages|length * 10 ** 10 %}"])
def test_a_template_that_takes_all_memory_is_stopped(client: TestClient, greedy: str) -> None:
    assert problem(client, {**CHAT, "chat_template": greedy}, 422)["code"] == "template-memory"


def test_a_body_over_the_limit_is_refused(client: TestClient) -> None:
    assert problem(client, " " * 20_001, 413)["code"] == "too-large"


def test_a_template_over_the_limit_is_refused() -> None:
    with running(template_characters=100) as small:
        assert problem(small, {**CHAT, "chat_template": "x" * 101}, 413)["code"] == "too-large"


def test_a_body_of_unknown_length_is_refused_as_it_arrives(client: TestClient) -> None:
    answer = client.post("/api/analyses", content=(b" " * 1_000 for _ in range(30)))
    assert answer.status_code == 413
    assert answer.json()["code"] == "too-large"


def test_a_row_the_framework_refuses_is_an_answer(client: TestClient) -> None:
    lone = {"conversation": [{"role": "user", "content": "hi"}]}
    body = client.post("/api/analyses", json=lone).json()
    assert body["outcome"]["kind"] == "ok"
    assert set(body["examples"][0]["labels"]) == {-100}


def test_a_paste_is_read(client: TestClient) -> None:
    rows = '{"prompt": "2+2", "completion": "4"}\n{"prompt": "3+3", "completion": "6"}\n'
    answer = client.post("/api/conversations?row=1", content=rows)
    assert answer.status_code == 200
    parsed = answer.json()
    assert (parsed["format"], parsed["container"], parsed["rows"]) == ("prompt-completion", "jsonl", 2)
    assert [message["content"] for message in parsed["conversation"]["messages"]] == ["3+3", "6"]


def test_a_paste_that_cannot_be_read_names_its_place(client: TestClient) -> None:
    answer = client.post("/api/conversations", content='[{"role": "user",\n "content": tru}]')
    assert answer.status_code == 422
    assert answer.json()["where"] == {"line": 2, "column": 13}


@pytest.mark.parametrize("query", ["row=-1", "row=x", "format=guess"])
def test_a_query_that_is_not_valid_names_its_parameter(client: TestClient, query: str) -> None:
    answer = client.post(f"/api/conversations?{query}", content="User: hi")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json()["detail"]


def test_every_strategy_is_listed_with_its_options(client: TestClient) -> None:
    listed = client.get("/api/strategies").json()
    assert [row["name"] for row in listed] == list(STRATEGIES)
    turns = listed[0]["options"][0]
    assert turns["choices"] == ["all", "last", "weight"]


def test_every_bundled_template_is_listed(client: TestClient) -> None:
    listed = client.get("/api/templates").json()
    assert [row["name"] for row in listed] == [template.name for template in bundled_templates()]


def test_the_tokenizers_of_this_server_are_listed(client: TestClient) -> None:
    assert client.get("/api/tokenizers").json() == {
        "tokenizers": ["bundled", "local:acme__empty"],
        "hub": False,
    }


def test_no_download_is_under_way(client: TestClient) -> None:
    assert client.get("/api/downloads?tokenizer=hub:acme/model").json() == {"step": "none"}
    assert client.get("/api/downloads?tokenizer=../x").json()["code"] == "bad-model-id"


def test_health_is_503_until_a_worker_is_up(tmp_path: Path) -> None:
    from lossmask.settings import Settings
    from lossmask.web.app import create_app

    with TestClient(create_app(Settings({"LOSSMASK_HOSTS": "testserver"}))) as client:
        first = client.get("/api/health")
        assert (first.status_code, first.json()) == (503, {"status": "starting"})
        assert first.headers["retry-after"] == "1"
        assert client.post("/api/analyses", json=CHAT).status_code == 200
        assert client.get("/api/health").status_code == 200


def test_the_document_describes_every_route(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["description"].strip(), path
            assert operation["tags"], path
    request = document["paths"]["/api/analyses"]["post"]["requestBody"]["content"]["application/json"]
    assert set(request["schema"]["properties"]) == {
        "tokenizer",
        "tokenizer_loader",
        "chat_template",
        "template_arguments",
        "conversation",
        "strategy",
        "reduction",
        "today",
        "losses",
    }


def test_the_documentation_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "POST /api/analyses" in page.text
    assert "<script" not in page.text
    assert 'src="http' not in page.text
    assert 'href="http' not in page.text
