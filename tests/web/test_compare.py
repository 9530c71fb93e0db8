"""The compare page and the API on a really running engine: there and back, refusals, faults."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

import pytest
from lossmask.core.comparison_request import ComparisonRequest
from lossmask.engine.compare import compare
from lossmask.web.forms import AnalysisForm
from starlette.testclient import TestClient

from tests.web.client import CHAT, HTML, HTMX, running

PASTE = 'User: say "<b>hi</b>"\n\nAssistant: hello\n'
MAIN = {"conversation": PASTE, "template": "bundled:llama-3", "strategy": "assistant-turns"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with running(hub="off", job_seconds=60) as client:
        yield client


def sides(**b: str) -> dict[str, str]:
    """A is the main page's form, B the same with some fields otherwise."""
    a = {f"a.{name}": value for name, value in MAIN.items()}
    return {**a, **{f"b.{name}": value for name, value in {**MAIN, **b}.items()}}


def form_of(text: str, name: str) -> AnalysisForm:
    """The unseen fields of one of the forms that lead back, as a browser would send them."""
    form = text.partition(f'<form id="open-{name}"')[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    return AnalysisForm.from_fields((html.unescape(key), html.unescape(value)) for key, value in found)


def test_a_prepared_pair(client: TestClient) -> None:
    text = client.get("/compare", headers=HTML).text
    assert "23 tokens differ, in 2 places." in text
    assert 'id="a-2"' in text
    assert 'id="b-2"' in text
    assert "masked in A, trained in B: </span>" in text


def test_what_is_on_the_main_page_is_both_sides(client: TestClient) -> None:
    typed = {**MAIN, "option.axolotl.train_on_eos": "all", "argument.x": "1", "theme": "dark"}
    text = client.post("/compare", data=typed, headers=HTML).text
    assert "No token differs: the same tokens, trained alike." in text
    assert 'class="diff' not in text
    assert 'data-theme="dark"' in text
    assert form_of(text, "a") == form_of(text, "b") == AnalysisForm.from_fields(typed.items())


def test_a_change_of_b_and_both_ways_back(client: TestClient) -> None:
    text = client.post("/compare", data=sides(strategy="full"), headers=HTML).text
    assert "masked in A, trained in B" in text
    assert (form_of(text, "a").strategy, form_of(text, "b").strategy) == ("assistant-turns", "full")
    assert '<tr class="unlike"><th scope="row">Masking rule' in text


def test_swapped_sides_differ_the_other_way_round(client: TestClient) -> None:
    text = client.post("/compare", data={**sides(strategy="full"), "do": "swap"}, headers=HTML).text
    assert "trained in A, masked in B" in text
    assert form_of(text, "a").strategy == "full"


def test_change_a_offers_the_fields_of_a(client: TestClient) -> None:
    text = client.post("/compare", data={**sides(), "do": "change-a"}, headers=HTML).text
    assert '<select name="a.strategy"' in text
    assert '<input type="hidden" name="b.strategy"' in text


def test_a_pasted_template_is_compared_line_by_line(client: TestClient) -> None:
    source = "{% for m in messages %}\n<{{ m.role }}>{{ m.content }}\n{% endfor %}"
    data = sides(template="pasted", template_source=source)
    text = client.post("/compare", data=data, headers=HTML).text
    assert "line by line" in text
    assert 'id="source-b-2"' in text
    assert 'href="#source-b-2"' in text
    assert re.search(r"wrote \d+ tokens?; in difference <a", text)


def test_a_row_that_b_refuses(client: TestClient) -> None:
    data = sides(strategy="axolotl", **{"option.axolotl.sequence_len": "5"})
    text = client.post("/compare", data=data, headers=HTML).text
    assert "Nothing to compare: B leaves the row out." in text
    assert "hello" in text
    assert 'class="diff' not in text


def test_a_truncated_b(client: TestClient) -> None:
    data = sides(**{"option.assistant-turns.max_length": "4"})
    text = client.post("/compare", data=data, headers=HTML).text
    assert re.search(r"B cuts \d+ tokens", text)
    assert "only in A" in text
    assert 'class="diff only-a missing"' in text


@pytest.mark.parametrize(
    ("b", "status", "shown"),
    [
        ({"conversation": "[{]"}, 422, "B: "),
        ({"conversation": " "}, 422, "paste one first"),
        ({"strategy": "nonsense"}, 422, "B: "),
        ({"template": "pasted", "template_source": "a\n{% if %}"}, 422, "line 2"),
        ({"tokenizer": "local:nowhere"}, 422, "B: "),
    ],
)
def test_a_fault_says_whose_it_is_and_keeps_the_input(
    client: TestClient, b: dict[str, str], status: int, shown: str
) -> None:
    answer = client.post("/compare", data=sides(**b), headers=HTML)
    assert answer.status_code == status
    assert shown in answer.text
    kept = form_of(answer.text, "b")
    assert all(getattr(kept, name) == value for name, value in b.items())


def test_htmx_gets_the_parts_that_change(client: TestClient) -> None:
    answer = client.post("/compare", data=sides(strategy="full"), headers=HTMX)
    assert "<html" not in answer.text
    assert '<div id="compare-form" hx-swap-oob="innerHTML">' in answer.text
    failed = client.post("/compare", data=sides(strategy="nonsense"), headers=HTMX)
    assert failed.text.startswith('<section class="failure"')


def test_nothing_inline_and_nothing_from_elsewhere(client: TestClient) -> None:
    text = client.get("/compare", headers=HTML).text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    found = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    assert {client.get(path).status_code for path in found} == {200}


def test_the_api_gives_what_the_engine_gives(client: TestClient) -> None:
    body = {"a": CHAT, "b": {"strategy": {"name": "full"}}}
    answer = client.post("/api/comparisons", json=body)
    assert answer.status_code == 200
    expected = compare(ComparisonRequest.from_json(body)).as_json()
    assert answer.json() == json.loads(json.dumps(expected))


def test_the_api_is_documented_by_an_example_that_works(client: TestClient) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/api/comparisons"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["example"]
    assert client.post("/api/comparisons", json=body).json()["tokens"]["tokens"] > 0


def test_the_api_tells_a_fault_as_a_problem(client: TestClient) -> None:
    body = {"a": CHAT, "b": {"chat_template": "a\n{% for %}"}}
    answer = client.post("/api/comparisons", json=body)
    assert answer.status_code == 422
    assert answer.json()["where"] == {"line": 2, "column": None}
    assert answer.json()["detail"].startswith("B: ")


def test_a_template_that_never_ends_is_stopped() -> None:
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    with running(hub="off", job_seconds=1) as client:
        answer = client.post("/api/comparisons", json={"a": CHAT, "b": {"chat_template": loop}})
        assert answer.status_code == 422
        assert answer.json()["code"] == "template-timeout"
        assert client.post("/api/comparisons", json={"a": CHAT, "b": {}}).status_code == 200


def test_the_main_page_leads_there_with_its_form(client: TestClient) -> None:
    text = client.get("/", headers=HTML).text
    assert 'formaction="/compare"' in text
