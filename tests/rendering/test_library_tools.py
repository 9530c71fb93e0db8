# ruff: noqa: RUF001 (DeepSeek's markers are written with full-width bars)
"""Tests of tools and reasoning in the bundled chat templates."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rendering.bundled import CHAT, NAMES, SYSTEM, marked, render

CALL = {"id": "c1", "type": "function", "function": {"name": "clock", "arguments": {"zone": "UTC"}}}
TOOL_CHAT = [
    {"role": "user", "content": "Time?"},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "name": "clock", "content": "12:00"},
    {"role": "assistant", "content": "Noon."},
]
ZONE = {"type": "string", "description": "Name of the zone"}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "clock",
            "description": "Tell the time.",
            "parameters": {"type": "object", "properties": {"zone": ZONE}, "required": ["zone"]},
        },
    }
]


CHATML_CALL = (
    '[<tool_call>\n{"name": "clock", "arguments": {"zone": "UTC"}}\n</tool_call><|im_end|>]\n'
    "<|im_start|>user\n<tool_response>\n12:00\n</tool_response><|im_end|>\n"
    "<|im_start|>assistant\n[Noon.<|im_end|>]\n"
)
CALLS = {
    "chatml": CHATML_CALL,
    "chatml-thinking": CHATML_CALL,
    "llama-3": '[{"name": "clock", "parameters": {"zone": "UTC"}}<|eot_id|>]'
    "<|start_header_id|>ipython<|end_header_id|>\n\n12:00<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n[Noon.<|eot_id|>]",
    "mistral": "(INST) Time? (/INST)[(TOOL_CALLS)"
    '({"name": "clock", "arguments": {"zone": "UTC"}, "id": "c1"})'
    '</s>](TOOL_RESULTS){"content": 12:00, "call_id": "c1"}(/TOOL_RESULTS)[Noon.</s>]',
    "deepseek": "[<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>clock\n"
    '```json\n{"zone": "UTC"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>]'
    "<｜tool▁outputs▁begin｜><｜tool▁output▁begin｜>12:00<｜tool▁output▁end｜><｜tool▁outputs▁end｜>"
    "[Noon.<｜end▁of▁sentence｜>]",
    "harmony": "<|start|>assistant[ to=functions.clock<|channel|>commentary json<|message|>"
    '{"zone": "UTC"}<|call|>]'
    '<|start|>functions.clock to=assistant<|channel|>commentary<|message|>"12:00"<|end|>'
    "<|start|>assistant[<|channel|>final<|message|>Noon.<|return|>]",
}


@pytest.mark.parametrize("name", sorted(CALLS))
def test_tool_calls(name: str) -> None:
    assert marked(name, TOOL_CHAT, tools=TOOLS).endswith(CALLS[name])


@pytest.mark.parametrize("name", sorted(CALLS))
def test_arguments_as_json_string(name: str) -> None:
    call = {**CALL, "function": {"name": "clock", "arguments": '{"zone": "UTC"}'}}
    messages = [TOOL_CHAT[0], {**TOOL_CHAT[1], "tool_calls": [call]}, *TOOL_CHAT[2:]]
    assert marked(name, messages) == marked(name, TOOL_CHAT)


@pytest.mark.parametrize("name", ["chatml", "chatml-thinking", "llama-3"])
@pytest.mark.parametrize("system", [[], [SYSTEM]])
def test_tools_are_listed_once_in_the_system_turn(name: str, system: list[dict[str, Any]]) -> None:
    text = render(name, [*system, *TOOL_CHAT], tools=TOOLS)
    assert text.count('"description": "Tell the time."') == 1
    assert text.index('"description": "Tell the time."') < text.index("Time?")
    assert text.count("system") == 1


def test_mistral_lists_tools_before_the_last_user_turn() -> None:
    text = render("mistral", CHAT, tools=TOOLS)
    assert text.count("[AVAILABLE_TOOLS]") == 1
    assert "Hello!</s>[AVAILABLE_TOOLS][{" in text
    assert "}][/AVAILABLE_TOOLS][INST] Bye [/INST]" in text


@pytest.mark.parametrize("system", [[], [SYSTEM]])
def test_harmony_lists_tools_for_the_developer(system: list[dict[str, Any]]) -> None:
    instructions = "# Instructions\n\nBe brief.\n\n" if system else ""
    assert (
        "Calls to these tools must go to the commentary channel: 'functions'.<|end|>"
        f"<|start|>developer<|message|>{instructions}# Tools\n\n## functions\n\nnamespace functions {{\n\n"
        "// Tell the time.\ntype clock = (_: {\n// Name of the zone\nzone: string,\n}) => any;\n\n"
        "} // namespace functions<|end|><|start|>user"
    ) in render("harmony", [*system, *TOOL_CHAT], tools=TOOLS)


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        ({"type": "integer"}, "number"),
        ({"enum": ["a", "b"]}, '"a" | "b"'),
        ({"type": "array", "items": {"type": "integer"}}, "number[]"),
        ({"type": "array"}, "any[]"),
        ({}, "any"),
    ],
)
def test_harmony_types(schema: dict[str, Any], written: str) -> None:
    tool = {"name": "f", "parameters": {"type": "object", "properties": {"x": schema}}}
    text = render("harmony", CHAT, tools=[{"type": "function", "function": tool}])
    assert f"type f = (_: {{\nx?: {written},\n}}) => any;" in text


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(CALLS)))
@pytest.mark.parametrize("messages", [TOOL_CHAT[:2], [TOOL_CHAT[0], *TOOL_CHAT[2:]]])
def test_formats_without_tools_say_so(name: str, messages: list[dict[str, Any]]) -> None:
    with pytest.raises(Exception, match="format has no tool calls and no tool messages") as caught:
        render(name, messages)
    assert type(caught.value).__name__ == "TemplateError"


def thinking_chat() -> list[dict[str, Any]]:
    first = {**CHAT[1], "reasoning_content": "A greeting."}
    return [CHAT[0], first, CHAT[2], {**CHAT[3], "reasoning_content": "A farewell."}]


def test_chatml_thinking_keeps_the_reasoning_of_every_turn() -> None:
    assert marked("chatml-thinking", thinking_chat()) == (
        "<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\n[<think>\nA greeting.\n</think>\n\nHello!<|im_end|>]\n"
        "<|im_start|>user\nBye<|im_end|>\n"
        "<|im_start|>assistant\n[<think>\nA farewell.\n</think>\n\nSee you.<|im_end|>]\n"
    )


def test_chatml_thinking_can_be_switched_off() -> None:
    prompt = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
    off = {"enable_thinking": False}
    assert render("chatml-thinking", CHAT[:1], add_generation_prompt=True, **off) == prompt
    assert marked("chatml-thinking", CHAT[:2], **off) == prompt + "[Hello!<|im_end|>]\n"


def test_harmony_keeps_the_reasoning_of_every_turn() -> None:
    text = marked("harmony", thinking_chat())
    assert (
        "<|start|>assistant[<|channel|>analysis<|message|>A greeting.<|end|>"
        "<|start|>assistant<|channel|>final<|message|>Hello!<|end|>]"
    ) in text
    assert text.endswith(
        "<|start|>assistant[<|channel|>analysis<|message|>A farewell.<|end|>"
        "<|start|>assistant<|channel|>final<|message|>See you.<|return|>]"
    )


def test_harmony_returns_only_where_nothing_follows() -> None:
    assert "<|return|>" not in render("harmony", CHAT, add_generation_prompt=True)


def test_harmony_reasoning_effort() -> None:
    assert "\n\nReasoning: high\n\n" in render("harmony", CHAT, reasoning_effort="high")
