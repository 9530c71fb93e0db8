"""The page of every framework at a glance, on a really running engine: rows, the way back, faults."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

import pytest
from lossmask.core.request import AnalysisRequest
from lossmask.engine.matrix import matrix
from lossmask.settings import Settings
from lossmask.strategies.registry import STRATEGIES
from lossmask.web.forms import AnalysisForm
from starlette.testclient import TestClient

from tests.web.client import CHAT, HTML, running

PASTE = 'User: say "<b>hi</b>"\n\nAssistant: hello\n'
HEADER = "<|start_header_id|>assistant<|end_header_id|>\n\n"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with running(hub="off", job_seconds=60) as client:
        yield client


def unseen(text: str) -> list[tuple[str, str]]:
    """The unseen fields of the page, as a browser would send them."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', text)
    return [(html.unescape(name), html.unescape(value)) for name, value in found]


def test_the_example_has_a_row_for_every_rule(client: TestClient) -> None:
    text = client.get("/matrix?example=tools", headers=HTML).text
    assert re.findall(r'name="strategy" value="([^"]+)" class="rule"', text) == list(STRATEGIES)
    assert text.count('class="matrix-strip"') + text.count('class="refused"') == len(STRATEGIES)
    assert '<td class="aspect yes" data-label="tool call"><span aria-hidden="true">✓</span> yes</td>' in text


def test_what_was_typed_goes_there_and_back(client: TestClient) -> None:
    typed = {
        "conversation": PASTE,
        "template": "pasted",
        "template_source": "{% for m in messages %}{{ m.content }}\n{% endfor %}",
        "option.axolotl.train_on_eos": "all",
        "argument.colour": "red",
        "more_arguments": '{"x": 1}',
        "today": "2026-11-23",
        "strategy": "full",
        "theme": "dark",
        "view": "table",
    }
    answer = client.post("/matrix", data=typed, headers=HTML)
    assert answer.status_code == 200
    assert 'data-theme="dark"' in answer.text
    assert 'aria-current="true"' in answer.text
    assert "train_on_eos: &#34;all&#34;" in answer.text
    back = AnalysisForm.from_fields([*unseen(answer.text), ("theme", "dark")])
    assert back == AnalysisForm.from_fields(typed.items())


def test_a_rule_is_opened_with_the_option_that_its_row_was_made_with(client: TestClient) -> None:
    fields = unseen(client.get("/matrix", headers=HTML).text)
    field = "trl-response-template.response_template"
    assert field not in AnalysisForm.from_fields(fields).options
    chosen = AnalysisForm.from_fields([*fields, ("strategy", "trl-response-template")])
    assert chosen.options[field] == HEADER


@pytest.mark.parametrize(
    ("fields", "status", "shown"),
    [
        ({"conversation": "[{]"}, 422, "column"),
        ({"conversation": " "}, 422, "paste one first"),
        ({"conversation": PASTE, "strategy": "nonsense"}, 422, "nonsense"),
        ({"conversation": PASTE, "template": "pasted", "template_source": "{% if %}"}, 422, "line 1"),
    ],
)
def test_a_fault_is_shown_and_the_input_kept(
    client: TestClient, fields: dict[str, str], status: int, shown: str
) -> None:
    answer = client.post("/matrix", data=fields, headers=HTML)
    assert answer.status_code == status
    assert shown in answer.text
    assert dict(unseen(answer.text))["conversation"] == fields["conversation"]


def test_an_option_at_fault_is_told_in_its_row(client: TestClient) -> None:
    plain = client.post("/matrix", data={"conversation": PASTE}, headers=HTML).text
    typed = {"conversation": PASTE, "option.axolotl.train_on_eos": "sometimes"}
    text = client.post("/matrix", data=typed, headers=HTML).text
    assert "Not worked out." in text
    assert text.count('class="refused"') == plain.count('class="refused"') + 1


def test_nothing_inline_and_nothing_from_elsewhere(client: TestClient) -> None:
    answer = client.post("/matrix", data={"conversation": PASTE}, headers=HTML)
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", answer.text)
    found = re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text)
    assert {client.get(path).status_code for path in found} == {200}


def test_the_api_gives_what_the_engine_gives(client: TestClient) -> None:
    answer = client.post("/api/matrices", json=CHAT)
    assert answer.status_code == 200
    expected = matrix(AnalysisRequest.from_json(CHAT), Settings({"LOSSMASK_JOB_SECONDS": "60"}))
    assert answer.json() == json.loads(json.dumps(expected.as_json()))


def test_the_api_is_documented_by_an_example_that_works(client: TestClient) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/api/matrices"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["example"]
    assert len(client.post("/api/matrices", json=body).json()["rows"]) == len(STRATEGIES)


def test_the_api_tells_a_fault_as_a_problem(client: TestClient) -> None:
    answer = client.post("/api/matrices", json={**CHAT, "chat_template": "a\n{% for %}"})
    assert answer.status_code == 422
    assert answer.json()["where"] == {"line": 2, "column": None}


def test_the_main_page_leads_there_with_its_form(client: TestClient) -> None:
    text = client.get("/", headers=HTML).text
    assert '<button type="submit" formaction="/matrix" class="plain">' in text
