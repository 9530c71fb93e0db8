"""Text and origins of small templates, each of which shows one way of writing a conversation."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from lossmask.core.conversation import Conversation
from lossmask.core.provenance import Rendering
from lossmask.errors import OptionError, TemplateError
from lossmask.rendering.render import (
    Variables,
    compile_plain,
    compile_template,
    render,
    render_plain,
    render_text,
)

CHAT = (
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": " hi "},
    {"role": "assistant", "content": "hello"},
)
CHATML = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<end>\n{% endfor %}"


def rendered(source: str, messages: Any = CHAT, tools: Any = None, **arguments: Any) -> Rendering:
    conversation = Conversation(tuple(messages), tools)
    variables = Variables({"bos_token": "<s>", "eos_token": "</s>"}, arguments, date(2026, 11, 23))
    return render(compile_template(source), conversation, variables)


def story(rendering: Rendering) -> list[tuple[str, dict[str, Any], int]]:
    return [
        (rendering.text[start:end], rendering.origins[origin].as_json(), message)
        for (start, end, origin), message in zip(
            rendering.runs(), rendering.run_messages.tolist(), strict=True
        )
    ]


def owners(rendering: Rendering) -> list[tuple[str, int]]:
    """Text by owner, neighbours joined."""
    joined: list[tuple[str, int]] = []
    for text, _, message in story(rendering):
        if joined and joined[-1][1] == message:
            joined[-1] = (joined[-1][0] + text, message)
        else:
            joined.append((text, message))
    return joined


def test_fields_literals_and_variables() -> None:
    assert story(
        rendered("{{ bos_token }}{% for m in messages %}[{{ m.content }}]{% endfor %}", CHAT[1:2])
    ) == [
        ("<s>", {"kind": "variable", "name": "bos_token"}, -1),
        ("[", {"kind": "template", "line": 1, "message": 0}, 0),
        (" hi ", {"kind": "message", "message": 0, "field": "content", "start": 0}, 0),
        ("]", {"kind": "template", "line": 1, "message": 0}, 0),
    ]


def test_runs_tile_the_text() -> None:
    runs = rendered(CHATML).runs()
    assert runs[0][0] == 0
    assert all(before[1] == after[0] for before, after in pairwise(runs))
    assert runs[-1][1] == len(rendered(CHATML).text)


def test_trimmed_content_keeps_its_offset() -> None:
    assert story(rendered("{{ messages[1].content | trim }}")) == [
        ("hi", {"kind": "message", "message": 1, "field": "content", "start": 1}, 1)
    ]


def test_split_content_keeps_its_offset() -> None:
    message = {"role": "assistant", "content": "<think>a</think>b"}
    source = "{% for m in messages %}{{ m.content.split('</think>')[-1] }}{% endfor %}"
    assert story(rendered(source, [message]))[0][1]["start"] == 16


def test_literals_know_their_line() -> None:
    lines = [origin["line"] for _, origin, _ in story(rendered("a\n{{ 'b' }}\n\n{{ 'c' ~ 'd' }}", CHAT))]
    assert lines == [1, 2, 4]


def test_turns_of_a_system_message_written_outside_the_loop() -> None:
    source = (
        "{{ bos_token }}<sys>{{ messages[0].content }}<end>"
        "{% for m in messages[1:] %}<{{ m.role }}>{{ m.content }}<end>{% endfor %}"
    )
    assert owners(rendered(source)) == [
        ("<s>", -1),
        ("<sys>Be brief.<end>", 0),
        ("<user> hi <end>", 1),
        ("<assistant>hello<end>", 2),
    ]


def test_turns_of_a_loop_over_numbers() -> None:
    source = (
        "{% for i in range(messages | length) %}\n"
        "{% set m = messages[i] %}\n"
        "<{{ m.role }}>{{ m.content }}<end>\n"
        "{% endfor %}"
    )
    assert [message for _, message in owners(rendered(source))] == [0, 1, 2]


def test_turns_of_a_loop_that_looks_ahead() -> None:
    source = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ ',' if not loop.last }}{% endfor %}"
    assert owners(rendered(source)) == [
        ("<system>Be brief.,", 0),
        ("<user> hi ,", 1),
        ("<assistant>hello", 2),
    ]


def test_turns_of_a_macro_called_in_a_loop() -> None:
    macro = "{% macro show(m) %}<{{ m.role }}>{{ m.content }}{% endmacro %}"
    source = macro + "{% for m in messages %}{{ show(m) }}{% endfor %}"
    assert [message for _, message in owners(rendered(source))] == [0, 1, 2]


def test_an_empty_message_still_owns_what_is_written_for_it() -> None:
    source = "{% for m in messages %}{{ m.content + eos_token }}{% endfor %}"
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": ""}]
    assert owners(rendered(source, messages)) == [("a</s>", 0), ("</s>", 1)]


def test_system_text_of_the_template_is_nobodys() -> None:
    source = "Default.{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
    assert owners(rendered(source, CHAT[1:]))[0] == ("Default.", -1)


def test_json_of_tool_calls_is_derived() -> None:
    call = {"function": {"name": "weather", "arguments": {"city": "Paris"}}}
    messages = [{"role": "assistant", "tool_calls": [call]}]
    source = "{% for m in messages %}{{ m.tool_calls[0].function.arguments | tojson }}{% endfor %}"
    [(text, origin, message)] = story(rendered(source, messages))
    assert text == '{"city": "Paris"}'
    assert (origin["kind"], origin["message"], origin["field"], message) == ("derived", 0, "tool_calls", 0)


def test_tools_are_an_argument() -> None:
    [(_, origin, _)] = story(rendered("{{ tools | tojson }}", CHAT, ({"name": "weather"},)))
    assert origin == {"kind": "argument", "name": "tools"}


def test_numbers_come_out_of_their_line() -> None:
    source = "{% for m in messages %}\n{{ loop.index }}{% endfor %}"
    assert story(rendered(source, CHAT[:1])) == [("1", {"kind": "template", "line": 2, "message": 0}, 0)]


def test_text_parts_are_found_by_their_path() -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]
    [(_, origin, _)] = story(rendered("{% for m in messages %}{{ m.content[0].text }}{% endfor %}", messages))
    assert origin == {"kind": "message", "message": 0, "field": "content", "path": [0, "text"], "start": 0}


def test_reasoning_under_any_name_keeps_its_own() -> None:
    messages = [{"role": "assistant", "content": "x", "thinking": "hm"}]
    source = "{% for m in messages %}{{ m.reasoning_content }}{% endfor %}"
    assert story(rendered(source, messages))[0][1]["field"] == "thinking"


def test_generation_blocks_are_spans_of_characters() -> None:
    source = "{% for m in messages %}<{% generation %}{{ m.content }}{% endgeneration %}>{% endfor %}"
    rendering = rendered(source)
    assert [rendering.text[start:end] for start, end in rendering.generation_spans] == [
        message["content"] for message in CHAT
    ]


def test_the_date_is_frozen() -> None:
    assert rendered("{{ strftime_now('%d %B %Y') }}").text == "23 November 2026"


def test_arguments_reach_the_template() -> None:
    assert rendered("{{ 'on' if enable_thinking else 'off' }}", enable_thinking=True).text == "on"


def test_a_reserved_argument_is_refused() -> None:
    with pytest.raises(OptionError):
        rendered(CHATML, documents=[])


def test_text_alone_is_the_same_text() -> None:
    template, conversation = compile_template(CHATML), Conversation(CHAT)
    assert (
        render_text(template, conversation, Variables()) == render(template, conversation, Variables()).text
    )


@pytest.mark.parametrize(
    ("source", "line", "kind"),
    [
        ("a\n{{ raise_exception('no') }}", 2, "TemplateError"),
        ("a\n\n{{ messages[0].absent.deeper }}", 3, "UndefinedError"),
        ("{% for m in messages %}\n{{ m.content + 1 }}\n{% endfor %}", 2, "TypeError"),
        ("{{ ''.__class__.__mro__ }}", 1, "SecurityError"),
        ("{% macro f() %}\n{{ 1 // 0 }}{% endmacro %}\n{{ f() }}", 2, "ZeroDivisionError"),
    ],
)
def test_a_failure_names_the_line(source: str, line: int, kind: str) -> None:
    with pytest.raises(TemplateError) as failure:
        rendered(source)
    assert failure.value.where is not None
    assert (failure.value.where.line, failure.value.kind) == (line, kind)


def test_a_syntax_error_names_the_line() -> None:
    with pytest.raises(TemplateError) as failure:
        compile_template("a\n{% if %}")
    assert failure.value.where is not None
    assert failure.value.where.line == 2


def outcome(source: str) -> str:
    try:
        return repr(rendered(source).text)
    except TemplateError as failure:
        return failure.kind


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.format.__globals__ }}",
        "{{ messages.append(1) }}",
        "{{ messages[0].update({}) }}",
        "{{ messages[0].content._pieces }}",
        "{{ messages[0]._index }}",
        "{{ namespace(_x=1) }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{% set f = ''.format %}{{ ('{0.__class__}').format(f) }}",
    ],
)
def test_the_sandbox_holds(source: str) -> None:
    assert outcome(source) in ("SecurityError", "UndefinedError", "''")


def test_a_failed_render_leaves_nothing_behind() -> None:
    template = compile_template(
        "{% for m in messages %}{{ m.content }}{{ 1 // (m.content | length) }}{% endfor %}"
    )
    with pytest.raises(TemplateError):
        render(template, Conversation((CHAT[0], {"role": "user", "content": ""})), Variables())
    assert [message for _, message in owners(render(template, Conversation(CHAT[:1]), Variables()))] == [0]


def plainly(source: str, **values: Any) -> Rendering:
    return render_plain(compile_plain(source), Conversation(CHAT), values)


def test_plain_jinja_keeps_white_space_around_blocks() -> None:
    source = "{% for m in messages %}\n  {% if true %}\n{{ m.content }}{% endif %}{% endfor %}"
    assert plainly(source).text == "\n  \nBe brief.\n  \n hi \n  \nhello"
    assert rendered(source).text == "Be brief. hi hello"


def test_plain_jinja_knows_what_it_is_given_alone() -> None:
    found = plainly(
        "{{ bos_token }}{{ limit }}{% for m in messages %}{{ m.content }}{% endfor %}",
        bos_token="<s>",
        limit=7,
    )
    assert owners(found)[0][0].startswith("<s>7")
    assert {origin.name for origin in found.origins if origin.kind == "variable"} == {"bos_token"}
    assert plainly("{{ tools is defined }}{{ strftime_now is defined }}").text == "FalseFalse"


@pytest.mark.parametrize(
    "source", ["{{ tools }}", "{% if tools %}{% endif %}", "{{ raise_exception('no') }}"]
)
def test_plain_jinja_raises_on_what_is_not_defined(source: str) -> None:
    with pytest.raises(TemplateError):
        plainly(source)


def test_plain_jinja_has_no_generation_tags() -> None:
    with pytest.raises(TemplateError, match="generation"):
        compile_plain("{% generation %}{% endgeneration %}")
