"""Content that is null or a list, results without a call, and tools with nulls, as ms-swift reads them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import lossmask
import pytest
from lossmask.settings import Settings

from tests.labels import PANCAKES, analysed
from tests.strategies.test_ms_swift import BARE, CALL, CALLING, TOOLS, swift, text_of

ASK, REPLY = PANCAKES
RESULT = {"role": "tool", "content": "250 g"}
ENDED = "<|im_end|>\n"


def test_a_question_of_null_leaves_the_mark_for_it() -> None:
    assert f"user\n{{{{QUERY}}}}{ENDED}" in text_of(swift(({**ASK, "content": None}, REPLY)))


def test_a_result_without_a_call_goes_into_the_question() -> None:
    written = text_of(swift((ASK, RESULT, RESULT, REPLY)))
    inside = "<tool_response>\n250 g\n</tool_response>"
    assert f"pancakes{ENDED}<|im_start|>user\n{inside}\n{inside}{ENDED}<|im_start|>assistant\n" in written


@pytest.mark.parametrize(
    ("messages", "template", "options", "says"),
    [
        ((RESULT, REPLY), BARE, {}, "follow a reply or a question"),
        ((ASK, RESULT, REPLY), "default", {"agent_template": "llama3"}, "follows no reply"),
        ((ASK, RESULT, REPLY), "deepseek", {"agent_template": "hermes"}, "to be text"),
        ((ASK, RESULT, REPLY), "phi3", {}, "agent_template"),
    ],
)
def test_a_result_without_a_call_refused(
    messages: Any, template: str, options: dict[str, Any], says: str
) -> None:
    outcome = swift(messages, template, **options).outcome
    assert outcome.kind == "error"
    assert says in str(outcome.reason)


def test_marks_in_a_result() -> None:
    """The question's mark goes, the system prompt's is filled in."""
    result = {**CALLING[2], "content": "<{{QUERY}}|{{SYSTEM}}>"}
    system = {"role": "system", "content": "be brief"}
    assert "<tool_response>\n<|be brief>\n" in text_of(swift((system, *CALLING[:2], result, CALLING[3])))
    written = text_of(swift((system, *CALLING[:2], result, CALLING[3]), "llama3"))
    assert "<|end_header_id|>\n\n<|be brief><|eot_id|>" in written


def test_results_with_headers_bring_that_of_the_reply() -> None:
    written = text_of(swift(CALLING, agent_template="llama3"))
    assert "250 g<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n250 grams<|im_end|>" in written


def test_parts_of_text_are_no_system_prompt() -> None:
    system = {"role": "system", "content": [{"type": "text", "text": "be brief"}]}
    assert swift((system, *PANCAKES)).outcome.kind == "error"
    assert "system" not in text_of(swift(({**system, "content": []}, *PANCAKES), "qwen2_5"))


def test_tools_before_a_message_that_is_no_text() -> None:
    nothing = swift(({**ASK, "content": None}, REPLY), "llama3", tools=TOOLS)
    assert "\n\nNone<|eot_id|>" in text_of(nothing)
    replies = ({"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}, *PANCAKES)
    assert "\n\n['a', 'b']<|eot_id|>" in text_of(swift(replies, "llama3", tools=TOOLS))
    assert "<|im_start|>assistant\nab<|im_end|>" in text_of(swift(replies, tools=TOOLS))


def test_nulls_of_a_table_are_left_out_of_tools() -> None:
    cups = {"type": "integer", "enum": None, "description": None, "default": None, "examples": [None]}
    named = {"default": {"type": None}, "spoons": None, "x-unit": None, "cups": cups}
    tool = {"name": "weigh", "strict": None, "parameters": {"properties": named, "anyOf": [{"title": None}]}}
    written = text_of(swift(PANCAKES, tools=[tool]))
    properties = '{"default": {}, "cups": {"type": "integer", "default": null, "examples": [null]}}'
    described = f'{{"name": "weigh", "parameters": {{"properties": {properties}, "anyOf": [{{}}]}}}}'
    assert f'<tools>\n{{"type": "function", "function": {described}}}\n</tools>' in written


def test_a_call_that_is_not_of_the_first_message_keeps_its_place() -> None:
    calling = {"role": "assistant", "content": "let me weigh it", "tool_calls": [CALL]}
    written = text_of(swift((CALLING[0], calling, *CALLING[2:])))
    assert "assistant\nlet me weigh it<tool_call>\n" in written


def test_a_format_with_a_token_that_the_tokenizer_lacks_is_an_error(tmp_path: Path) -> None:
    shutil.copytree(Path(lossmask.__file__).parent / "tokenization" / "bundled", tmp_path / "bare")
    path = tmp_path / "bare" / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "bos_token": None}))
    outcome = analysed(
        strategy="ms-swift",
        options={"template": "deepseek"},
        tokenizer="local:bare",
        settings=Settings({"LOSSMASK_TOKENIZERS": str(tmp_path)}),
    ).outcome
    assert outcome.kind == "error"
    assert "`bos_token`" in str(outcome.reason)


def test_the_chat_template_is_told_in_its_own_word_whether_to_think() -> None:
    said = "{{ enable_thinking is defined }} {{ thinking is defined }}"
    asked = {"template_backend": "jinja", "chat_template": said}
    assert text_of(swift(PANCAKES, "deepseek_v3_1", **asked)) == "False True"
    assert text_of(swift(PANCAKES, "glm4_5", **asked)) == "True False"
