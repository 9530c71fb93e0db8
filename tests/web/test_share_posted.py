"""A state posted in place of the form's fields: the same result, a different one, or a sentence."""

from __future__ import annotations

import html
import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from lossmask.core.digest import digest
from lossmask.core.request import Choice
from lossmask.core.state import Pasted, SharedTemplate, SharedTokenizer, State, View, read_state
from lossmask.engine.analyse import analyse
from starlette.testclient import TestClient

from tests.core.state.test_fragment import STATES, changed
from tests.factory import CHAT as HAND_MADE
from tests.factory import analysed, analysis
from tests.web.client import HTML, HTMX, running
from tests.web.losses import answering
from tests.web.share import CHAT, computed, drawn_state


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with running() as found:
        yield found


def posted(client: TestClient, state: State, **headers: str) -> str:
    answer = client.post("/", data={"state": json.dumps(state.as_json())}, headers=headers or HTML)
    assert answer.status_code == 200
    return answer.text


def test_a_posted_state_gives_the_same_result(client: TestClient) -> None:
    state = replace(computed(CHAT), view=View(tab="table", lens="weight"))
    page = posted(client, state)
    assert "Same result as shared." in page
    assert re.search(r'id="view-table"[^>]* checked', page)
    assert re.search(r'id="lens-weight"[^>]* checked', page)
    assert drawn_state(page).digest == state.digest


def test_the_example_and_its_page_return() -> None:
    several = replace(analysis(), examples=(analysed(), analysed(HAND_MADE[:4]), analysed()))
    state = State("0.1.0", Pasted(CHAT.conversation), view=View(example=1))
    with answering(several) as client:
        page = posted(client, replace(state, digest=digest(several)))
    assert "Example 2 of 3" in page
    assert "Same result as shared." in page
    assert drawn_state(page).view == View(example=1)


def test_for_htmx_the_fields_come_along(client: TestClient) -> None:
    state = replace(computed(replace(CHAT, options={"assistant-turns.max_length": "20"})))
    part = posted(client, state, **HTMX)
    assert "<html" not in part
    assert 'hx-swap-oob="innerHTML:#fields"' in part
    assert re.search(r'name="option.assistant-turns.max_length"[^>]* value="20"', part)
    plain = client.post("/", data=dict(CHAT.fields()), headers=HTMX).text
    assert "#fields" not in plain


def test_a_different_result_names_its_first_token(client: TestClient) -> None:
    state = computed(CHAT)
    changed = replace(
        state,
        strategy=Choice("assistant-turns", {"end_of_turn": "false"}),
        template=SharedTemplate("bundled:llama-3", sha256="0" * 16),
        versions={**state.versions, "tokenizers": "0.1.2"},
    )
    page = posted(client, changed)
    found = re.search(r'id="shared">(.*?)</p>', page, re.DOTALL)
    assert found is not None
    labels = analyse(state.request()).examples[0].example.labels
    others = analyse(changed.request()).examples[0].example.labels
    first = int((labels != others).argmax())
    assert f"from token {first} on" in found[1]
    assert "chat template 000000000000 →" in found[1]
    assert "tokenizers 0.1.2 →" in found[1]
    assert f'data-go="{first}"' in found[1]


def test_a_tokenizer_that_cannot_be_had_keeps_the_text(client: TestClient) -> None:
    with running(hub="off") as offline:
        state = replace(computed(CHAT), tokenizer=SharedTokenizer("hub:org/gone", revision="ab" * 20))
        answer = offline.post("/", data={"state": json.dumps(state.as_json())}, headers=HTMX)
    assert answer.status_code == 422
    assert "hub-off" in answer.text
    assert "shared link" in answer.text
    assert "pancakes" in html.unescape(answer.text)
    assert f"hub:org/gone@{'ab' * 20}" in answer.text


@pytest.mark.parametrize(
    "state", ["", "[]", "{", "{}", '{"v": 9}', '{"v": 1, "conversation": {"text": 3}}', "[" * 99_999]
)
def test_what_is_no_state_is_a_sentence(client: TestClient, state: str) -> None:
    answer = client.post("/", data={"state": state}, headers=HTMX)
    assert answer.status_code == 422
    assert "The link cannot be opened" in answer.text
    assert 'role="alert"' in answer.text


def test_names_that_there_are_not_are_a_sentence_beside_the_form(client: TestClient) -> None:
    for wrong in (
        {"strategy": Choice("x<b>")},
        {"template": SharedTemplate("bundled:nothing")},
        {"tokenizer": SharedTokenizer("x:y/../z")},
        {"reduction": Choice("none")},
        {"strategy": Choice("full", {"max_length": "many"})},
    ):
        state = replace(State("0.1.0", Pasted(CHAT.conversation)), **wrong)
        answer = client.post("/", data={"state": json.dumps(state.as_json())}, headers=HTMX)
        assert answer.status_code == 422, wrong
        assert "pancakes" in html.unescape(answer.text)
        assert "x<b>" not in answer.text


def test_hundreds_of_states_with_something_odd_give_a_page_or_a_sentence() -> None:
    chance = random.Random(17)
    seen = set()
    with answering(analysis()) as client:
        for _ in range(300):
            odd = changed(chance.choice(STATES).as_json(), chance)
            answer = client.post("/", data={"state": json.dumps(odd)}, headers=HTMX)
            seen.add(answer.status_code)
            assert "verdict" in answer.text or 'role="alert"' in answer.text
    assert seen == {200, 422}


def test_structure_alone_is_shown_and_says_what_it_is(client: TestClient) -> None:
    page = client.get("/", headers=HTML).text
    state = drawn_state(page, "share-structure")
    shown = posted(client, state)
    assert "labels and structure only" in shown
    assert "pancakes" not in shown.partition("<main")[2].partition("</main>")[0]
    assert '<b class="t">content' in shown
    assert 'id="share-state"' not in shown


def test_hostile_roles_are_inert(client: TestClient) -> None:
    state = read_state(
        {"v": 1, "structure": {"roles": ["<script>x</script>"], "examples": [[[0, "content", "masked", 3]]]}}
    )
    assert "<script>x" not in posted(client, state)
