"""The form: fields in, a request out, nothing lost."""

from __future__ import annotations

from datetime import date

import pytest
from lossmask.core.conversation import Conversation
from lossmask.errors import OptionError
from lossmask.web.forms import AnalysisForm, tokenizer_name

CONVERSATION = Conversation(({"role": "user", "content": "hi"},))


def form(**fields: str) -> AnalysisForm:
    return AnalysisForm.from_fields((name.replace("__", "."), value) for name, value in fields.items())


def test_defaults_make_a_request() -> None:
    request = form().request(CONVERSATION)
    assert (request.tokenizer, request.chat_template, request.strategy.name) == (
        "bundled",
        None,
        "assistant-turns",
    )
    assert request.template_arguments == {}
    assert request.today is None


def test_line_breaks_of_a_browser_become_plain() -> None:
    assert form(conversation="a\r\nb").conversation == "a\nb"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Qwen/Qwen3-8B", "hub:Qwen/Qwen3-8B"),
        ("Qwen/Qwen3-8B@main", "hub:Qwen/Qwen3-8B@main"),
        ("hub:a/b", "hub:a/b"),
        (" local:x ", "local:x"),
        ("bundled", "bundled"),
    ],
)
def test_a_model_id_alone_means_the_hub(typed: str, name: str) -> None:
    assert tokenizer_name(typed) == name


def test_the_last_of_two_fields_counts_as_for_checkboxes() -> None:
    fields = [("option.assistant-turns.header", "false"), ("option.assistant-turns.header", "true")]
    assert AnalysisForm.from_fields(fields).strategy_options() == {"header": "true"}


def test_options_of_other_strategies_are_kept_but_not_sent() -> None:
    fields = [
        ("strategy", "full"),
        ("option.assistant-turns.header", "true"),
        ("option.full.max_length", "5"),
    ]
    made = AnalysisForm.from_fields(fields)
    assert made.strategy_options() == {"max_length": "5"}
    assert "assistant-turns.header" in made.options


def test_arguments_are_json_where_they_can_be() -> None:
    fields = [
        ("argument.a", "false"),
        ("argument.b", "plain"),
        ("argument.c", ""),
        ("more_arguments", '{"d": [1]}'),
    ]
    assert AnalysisForm.from_fields(fields).template_arguments() == {"a": False, "b": "plain", "d": [1]}


@pytest.mark.parametrize("text", ["{", "[1]", "3"])
def test_further_arguments_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(OptionError) as caught:
        form(more_arguments=text).template_arguments()
    assert caught.value.code == "bad-arguments"


def test_today_is_a_date() -> None:
    assert form(today="2026-11-23").request(CONVERSATION).today == date(2026, 11, 23)
    with pytest.raises(OptionError) as caught:
        form(today="tomorrow").request(CONVERSATION)
    assert caught.value.code == "bad-date"


def test_a_pasted_template_is_sent_only_where_it_is_chosen() -> None:
    assert form(template="own", template_source="x").request(CONVERSATION).chat_template is None
    assert form(template="pasted", template_source="x").request(CONVERSATION).chat_template == "x"
    assert form(template="bundled:chatml").request(CONVERSATION).chat_template == "bundled:chatml"


def test_stepping_through_rows() -> None:
    assert form(row="2", row_step="-1").row == 1
    assert form(row="0", row_step="-1").row == 0
    assert form(row="two").row == 0


def test_unknown_theme_and_view_fall_back() -> None:
    made = form(theme="<script>", view="../x")
    assert (made.theme, made.view) == ("system", "text")


def test_a_marker_keeps_its_line_break() -> None:
    field = "option.trl-response-template.response_template"
    form = AnalysisForm.from_fields([("strategy", "trl-response-template"), (field, "<bot>\r\n")])
    assert form.strategy_options() == {"response_template": "<bot>\n"}


@pytest.mark.parametrize("text", ["", "7", "a:b", "1:", "-1:2", "1:99999999999", "٣:٤"])
def test_a_place_that_cannot_be_read_is_none(text: str) -> None:
    assert form(at=text, example="2") == form(example="2")


def test_a_place_is_of_an_example_and_in_the_text() -> None:
    made = form(at="1:40000", example="2", view="table")
    assert (made.example, made.token, made.view) == (1, 40_000, "text")


def test_a_reduction_is_left_to_the_strategy_unless_chosen() -> None:
    assert form(reduction="", reduction__sum__x="1").request(CONVERSATION).reduction is None
    fields = {
        "reduction": "weighted-mean",
        "reduction__weighted-mean__over": "example",
        "reduction__sum__x": "1",
    }
    chosen = form(**fields).request(CONVERSATION).reduction
    assert chosen is not None
    assert (chosen.name, chosen.options) == ("weighted-mean", {"over": "example"})


def test_lens_and_reduction_go_along_unseen() -> None:
    made = form(lens="loss", would="on", reduction="sum", **{"reduction__weighted-mean__over": "step"})
    assert AnalysisForm.from_fields(made.fields()) == made
    assert (made.lens, made.would) == ("loss", True)
    assert (form(lens="x", would="1").lens, form(would="1").would) == ("label", False)
