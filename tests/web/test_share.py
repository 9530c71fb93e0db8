"""Sharing: a form's state asks for the same analysis, and what the page draws for a link."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from lossmask.core.parsing import open_paste, parse
from lossmask.core.state import Pasted, SharedTokenizer, State, read_link, read_state
from lossmask.core.state.fragment import fragment_of
from lossmask.engine.analyse import analyse
from lossmask.web.forms import AnalysisForm
from lossmask.web.samples import SAMPLES
from lossmask.web.share import argument_text, form_of, state_of, structure_state
from lossmask.web.views.share import share_view
from starlette.testclient import TestClient

from tests.web.client import HTML, running
from tests.web.share import CHAT, computed, drawn_state

SECRET = "nobody-may-read-this"
FORMS = [
    CHAT,
    replace(CHAT, strategy="full", options={"full.max_length": "9", "axolotl.train_on_inputs": "true"}),
    replace(CHAT, template="pasted", template_source="{% for m in messages %}{{ m.content }}\n{% endfor %}"),
    replace(CHAT, arguments={"a": "false", "b": '"false"', "c": "low"}, more_arguments='{"d": [1, null]}'),
    replace(CHAT, today="2026-01-02", view="table", lens="weight", would=True, loader="file"),
    replace(CHAT, reduction="weighted-mean", reduction_options={"weighted-mean.over": "example"}),
    replace(CHAT, conversation="User: grüß dich 😀\nAssistant: hi", format="plain"),
]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with running() as found:
        yield found


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
