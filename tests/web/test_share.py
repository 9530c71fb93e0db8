"""Sharing: what the page draws for a link, and a state posted in place of the form's fields."""

from __future__ import annotations

import html
import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from lossmask.core.digest import digest
from lossmask.core.parsing import open_paste, parse
from lossmask.core.request import Choice
from lossmask.core.state import (
    Pasted,
    SharedTemplate,
    SharedTokenizer,
    State,
    View,
    read_json,
    read_link,
    read_state,
)
from lossmask.core.state.fragment import fragment_of
from lossmask.engine.analyse import analyse
from lossmask.web.forms import AnalysisForm
from lossmask.web.samples import SAMPLES
from lossmask.web.share import argument_text, form_of, state_of, structure_state
from lossmask.web.views.share import share_view
from starlette.testclient import TestClient

from tests.core.state.test_fragment import STATES, changed
from tests.factory import CHAT as HAND_MADE
from tests.factory import analysed, analysis
from tests.web.client import HTML, HTMX, running
from tests.web.losses import answering

CHAT = AnalysisForm().with_example(SAMPLES["chat"].text, SAMPLES["chat"].template)
SECRET = "nobody-may-read-this"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with running() as found:
        yield found


def computed(form: AnalysisForm) -> State:
    """The state of a form's result."""
    parsed = parse(open_paste(form.conversation), row=form.row)
    return state_of(form, analyse(form.request(parsed.conversation)))


def drawn_state(page: str, name: str = "share-state") -> State:
    found = re.search(rf'<template id="{name}"[^>]*>(.*?)</template>', page, re.DOTALL)
    assert found is not None
    return read_json(html.unescape(found[1]))


FORMS = [
    CHAT,
    replace(CHAT, strategy="full", options={"full.max_length": "9", "axolotl.train_on_inputs": "true"}),
    replace(CHAT, template="pasted", template_source="{% for m in messages %}{{ m.content }}\n{% endfor %}"),
    replace(CHAT, arguments={"a": "false", "b": '"false"', "c": "low"}, more_arguments='{"d": [1, null]}'),
    replace(CHAT, today="2026-01-02", view="table", lens="weight", would=True, loader="file"),
    replace(CHAT, reduction="weighted-mean", reduction_options={"weighted-mean.over": "example"}),
    replace(CHAT, conversation="User: grüß dich 😀\nAssistant: hi", format="plain"),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_state_asks_for_the_same_analysis_as_its_form(form: AnalysisForm) -> None:
    state = read_link(fragment_of(computed(form)))
    conversation = parse(open_paste(form.conversation)).conversation
    asked, again = form.request(conversation), form_of(state).request(conversation)
    assert again.template_arguments == asked.template_arguments
    assert analyse(again).as_json()["digest"] == analyse(asked).as_json()["digest"] == state.digest
    assert analyse(state.request()).as_json()["digest"] == state.digest
    assert (again.chat_template, again.tokenizer_loader, again.reduction, again.today) == (
        asked.chat_template,
        asked.tokenizer_loader,
        asked.reduction,
        asked.today,
    )
    assert (form_of(state).view, form_of(state).lens, form_of(state).would) == (
        form.view,
        form.lens,
        form.would,
    )


def test_options_at_their_default_are_left_out() -> None:
    form = replace(CHAT, options={"assistant-turns.header": "false", "assistant-turns.end_of_turn": "false"})
    assert computed(form).strategy.options == {"end_of_turn": "false"}


def test_of_many_rows_only_the_one_in_sight_is_shared() -> None:
    rows = [{"messages": [{"role": "user", "content": text}]} for text in (SECRET, "shown")]
    form = replace(CHAT, conversation="\n".join(map(json.dumps, rows)), row=1)
    state = computed(form)
    assert SECRET not in json.dumps(state.as_json())
    assert state.read_conversation().messages[0]["content"] == "shown"
    parsed = parse(open_paste(form.conversation), row=1)
    view = share_view(form, parsed, analyse(state.request()))
    assert "row 1 of 2 alone" in view.contents
    assert view.left_out == ("the paste's other rows",)


def test_the_date_is_shared_where_the_template_asks_for_it() -> None:
    assert computed(CHAT).today is None
    asks = replace(
        CHAT, template="pasted", template_source="{{ strftime_now('%Y') }}{{ messages[0].content }}"
    )
    assert computed(asks).today is not None


@pytest.mark.parametrize(
    "value", [False, "false", "low", "", "1", 1, None, [1, "x"], {"a": None}, '"', " x "]
)
def test_arguments_survive_being_typed(value: object) -> None:
    form = AnalysisForm(arguments={"x": argument_text(value)})
    assert form.template_arguments() == {"x": value}


def test_a_tokenizer_of_the_hub_is_pinned() -> None:
    state = State("0.1.0", Pasted("hi"), SharedTokenizer("hub:org/name@main", revision="ab" * 20))
    assert form_of(state).tokenizer == f"hub:org/name@{'ab' * 20}"
    assert state.request().tokenizer == f"hub:org/name@{'ab' * 20}"


def test_structure_alone_holds_no_words() -> None:
    form = replace(
        CHAT,
        conversation=json.dumps(
            [{"role": "user", "content": SECRET}, {"role": "assistant", "content": SECRET}]
        ),
        template="pasted",
        template_source="{% for m in messages %}" + SECRET + "{{ m.content }}{% endfor %}",
        arguments={"x": SECRET},
        strategy="trl-response-template",
        options={"trl-response-template.response_template": SECRET},
    )
    parsed = parse(open_paste(form.conversation))
    analysis = analyse(form.request(parsed.conversation))
    state = state_of(form, analysis)
    alone = structure_state(state, analysis, parsed.conversation)
    written = json.dumps(alone.as_json())
    assert SECRET in json.dumps(state.as_json())
    assert SECRET not in written
    assert state.digest not in written
    assert not any(str(i) in written for i in analysis.examples[0].example.tokens.ids.tolist() if i > 999)
    assert alone.structure is not None
    assert sum(run.tokens for run in alone.structure.examples[0]) == len(analysis.examples[0].example.tokens)
    assert alone.structure.roles == ("user", "assistant")
    assert read_state(json.loads(written)) == alone


def test_the_page_carries_its_state(client: TestClient) -> None:
    page = client.get("/", headers=HTML).text
    state = drawn_state(page)
    answer = client.post(
        "/api/analyses",
        json={"conversation": SAMPLES["chat"].conversation, "chat_template": "bundled:llama-3"},
    )
    assert state.digest == answer.json()["digest"]
    assert 'data-contents="2 messages"' in page
    assert drawn_state(page, "share-structure").structure is not None


def test_what_goes_in_is_listed(client: TestClient) -> None:
    fields = dict(CHAT.fields()) | {"template": "pasted", "template_source": "{{ messages }}"}
    page = client.post("/", data=fields, headers=HTML).text
    assert 'data-contents="2 messages, 1 custom template"' in page
    tools = client.get("/?example=tools", headers=HTML).text
    assert 'data-contents="4 messages, 1 tool"' in tools


def test_no_result_is_nothing_to_share(client: TestClient) -> None:
    assert 'id="share-state"' not in client.get("/?example=none", headers=HTML).text


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
