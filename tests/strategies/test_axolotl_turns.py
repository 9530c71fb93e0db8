"""What Axolotl hands to the template of a turn: tool calls, names mapped, thinking split off."""

from __future__ import annotations

import json

import pytest
from lossmask.errors import TemplateError

from tests.labels import PANCAKES, trained_texts
from tests.strategies.axolotl import (
    CALL,
    CHAT,
    END,
    FIRST,
    SECOND,
    STRICT,
    SYSTEM,
    axolotl,
    reply,
    spelt,
    trained,
)


def test_tool_calls_are_part_of_the_words() -> None:
    messages = reply(content="", tool_calls=[CALL])
    [text] = trained(messages)
    assert text.startswith('<tool_call>\n{"name": "weather"')
    assert text.endswith(END)


def test_a_template_that_does_not_say_message_gets_no_tool_calls() -> None:
    template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"
        "{% for call in m.tool_calls or [] %}{{ call.function.name }}{% endfor %}<|im_end|>\n{% endfor %}"
    )
    analysis = axolotl(reply(content="see", tool_calls=[CALL]), template=template)
    assert "weather" not in spelt(analysis)
    assert "weather" in spelt(
        axolotl(
            reply(content="see", tool_calls=[CALL]),
            template=template.replace("m.", "message.").replace("for m ", "for message "),
        )
    )


def test_arguments_written_as_text_are_read() -> None:
    function = CALL["function"] | {"arguments": json.dumps({"city": "Paris"})}  # type: ignore[operator]
    template = (
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}"
        "{% for call in message.tool_calls or [] %}{% for key, value in call.function.arguments | items %}"
        "{{ key }}={{ value }}{% endfor %}{% endfor %}<|im_end|>\n{% endfor %}"
    )
    [text] = trained(reply(content="", tool_calls=[CALL | {"function": function}]), template=template)
    assert text == f"city=Paris{END}"
    broken = CALL | {"function": function | {"arguments": "{"}}
    assert axolotl(reply(content="", tool_calls=[broken]), template=template).outcome.kind == "error"


def test_roles_and_fields_are_mapped_before_the_template_sees_them() -> None:
    named = [{"role": "human", "content": "hi"}, {"role": "gpt", "content": "hello"}]
    assert trained(named, template=STRICT) == [f"hello{END}"]
    mapped = [{"role": "user", "value": "hi"}, {"role": "bot", "value": "hello"}]
    options = {
        "message_property_mappings": {"role": "role", "content": "value"},
        "roles": {"assistant": ["bot"]},
    }
    assert trained(mapped, options, template=STRICT) == [f"hello{END}"]


def test_a_key_that_the_template_looks_up_overrules_a_mapping() -> None:
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello", "from": "user"}]
    options = {"message_property_mappings": {"role": "from", "content": "content"}}
    assert trained(messages, options) == [f"hello{END}"]
    without_roles = "{% for message in messages %}{{ message.content }}{% endfor %}"
    assert axolotl(messages, options, template=without_roles).outcome.kind == "error"


def test_the_template_that_refuses_what_is_left_is_an_error_of_the_template() -> None:
    with pytest.raises(TemplateError, match="bad role"):
        axolotl((SYSTEM, *PANCAKES), template=STRICT)


def test_a_dropped_system_message() -> None:
    analysis = axolotl((SYSTEM, *CHAT), {"drop_system_message": True}, template=STRICT)
    assert trained_texts(analysis) == [FIRST, SECOND]
    assert "be brief" not in spelt(analysis)
    answer = analysis.as_json()["examples"][0]
    turns = {
        message for label, message in zip(answer["labels"], answer["messages"], strict=True) if label != -100
    }
    assert turns == {2, 4}
    assert axolotl([SYSTEM], {"drop_system_message": True}).outcome.kind == "error"


@pytest.mark.parametrize(
    "content",
    [
        "<think>hm</think> x",
        "<reasoning>\nhm\n</reasoning>\nx",
        "<|begin_of_thought|>hm<|end_of_thought|><|begin_of_solution|> x <|end_of_solution|>",
    ],
)
def test_thinking_is_split_off(content: str) -> None:
    options = {"split_thinking": True}
    [text] = trained(reply(content=content), options, template="bundled:chatml-thinking")
    assert text == f"<think>\nhm\n</think>\n\nx{END}"
    named = {"split_thinking": True, "template_thinking_key": "thoughts"}
    template = STRICT.replace("message.content }}", "message.content + (message.thoughts or '') }}")
    assert trained(reply(content=content), named, template=template) == [f"xhm{END}"]


def test_thinking_under_another_name() -> None:
    messages = reply(content="x", thoughts="hm")
    assert trained(messages, template="bundled:chatml-thinking") == [f"x{END}"]
    [text] = trained(messages, {"field_thinking": "thoughts"}, template="bundled:chatml-thinking")
    assert text.endswith(f"hm\n</think>\n\nx{END}")
