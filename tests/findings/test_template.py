"""Rules of the group "template", beyond their own examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from lossmask.core.analysis import Finding
from lossmask.findings.registry import diagnose
from lossmask.findings.template import RULES

from tests.findings.subjects import subject_for

ASKED = {"role": "user", "content": "give me a recipe"}
SYSTEM = {"role": "system", "content": "You are a cook."}
PLAIN = "{%- for message in messages %}{{- '<|im_start|>' + message.content + '<|im_end|>\\n' }}{%- endfor %}"


def found(code: str, fields: Mapping[str, Any]) -> list[Finding]:
    return list(diagnose(subject_for(fields), [rule for rule in RULES if rule.code == code]))


def said(content: str, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        ("generation-tags", "all zeros"),
        ("trl-assistant-only", "TRL raises"),
        ({"name": "trl-full", "options": {"assistant_only_loss": True}}, "TRL raises"),
        ("megatron-bridge", "trains every token"),
    ],
)
def test_missing_marks_cost_each_framework_something_else(strategy: Any, words: str) -> None:
    [finding] = found(
        "LM401", {"conversation": [ASKED, said("a pan")], "chat_template": PLAIN, "strategy": strategy}
    )
    assert finding.severity == "error"
    assert words in finding.sentence
    assert "{% generation %}{{ message.content + '<|im_end|>' }}" in (finding.fix or "")


def test_marks_are_not_missed_by_a_rule_that_does_not_read_them() -> None:
    assert found("LM401", {"conversation": [ASKED, said("a pan")], "chat_template": PLAIN}) == []


def test_dropped_words_are_quoted() -> None:
    template = PLAIN.replace("message.content", "message.content[:5]")
    [asked, replied] = found(
        "LM402", {"conversation": [ASKED, said("one takes a pan")], "chat_template": template}
    )
    assert "drops `me a recipe` out of the content of turn 1 (user)" in asked.sentence
    assert "`akes a pan`" in replied.sentence
    assert replied.tokens


def test_trimmed_white_space_is_one_note() -> None:
    conversation = [{"role": "user", "content": " hi "}, said("hey\n")]
    [finding] = found("LM402", {"conversation": conversation, "chat_template": "bundled:llama-3"})
    assert finding.severity == "note"
    assert "turns 1 and 2" in finding.sentence


def test_letters_in_another_case_are_found() -> None:
    template = PLAIN.replace("message.content", "message.content | upper")
    assert len(found("LM402", {"conversation": [ASKED, said("a pan")], "chat_template": template})) == 2


def test_a_tool_result_written_as_json_is_no_loss() -> None:
    call = {"type": "function", "function": {"name": "oven", "arguments": {"degrees": 200}}}
    messages = [ASKED, said("", tool_calls=[call]), {"role": "tool", "content": 'a "hot"\noven'}, said("hot")]
    tools = [{"type": "function", "function": {"name": "oven", "parameters": {}}}]
    fields = {"conversation": {"messages": messages, "tools": tools}, "chat_template": "bundled:harmony"}
    assert found("LM402", fields) == []


def test_tools_and_calls_that_are_not_written_are_found() -> None:
    call = {"type": "function", "function": {"name": "oven", "arguments": {"degrees": 200}}}
    tools = [{"type": "function", "function": {"name": "oven", "parameters": {}}}]
    fields = {"conversation": {"messages": [ASKED, said("", tool_calls=[call])], "tools": tools}}
    sentences = [finding.sentence for finding in found("LM402", {**fields, "chat_template": PLAIN})]
    assert sentences == [
        "The template writes no tool into the text; this row has 1 tool.",
        "The template leaves out 1 tool call of turn 2.",
    ]
    assert found("LM402", fields) == []


def test_a_system_prompt_that_vanishes_is_history_rewritten() -> None:
    template = PLAIN.replace(
        "in messages", "in messages if message.role != 'system' or messages[-1].role == 'user'"
    )
    fields = {"conversation": [SYSTEM, ASKED, said("a pan")], "chat_template": template}
    [finding] = found("LM403", fields)
    assert finding.severity == "warning"
    assert "the system prompt of turn 1, `You are a cook.`" in finding.sentence
    assert len(found("LM409", fields)) == 1


def test_another_end_of_turn_in_history_is_a_note() -> None:
    template = PLAIN.replace("'<|im_end|>\\n'", "('<|eot_id|>' if loop.last else '<|im_end|>')")
    conversation = [ASKED, said("a pan"), ASKED, said("a pot")]
    [finding] = found("LM403", {"conversation": conversation, "chat_template": template})
    assert finding.severity == "note"
    assert "`<|eot_id|>`" in finding.sentence


def test_a_closing_token_after_everything_is_no_rewriting() -> None:
    template = PLAIN + "{%- if not add_generation_prompt %}{{- '<|endoftext|>' }}{%- endif %}"
    conversation = [ASKED, said("a pan"), ASKED, said("a pot")]
    assert found("LM403", {"conversation": conversation, "chat_template": template}) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<think>a pan\n\none takes", "nothing closes"),
        ("a pan</think>\n\none takes", "not open"),
        ("<think>a <think>b</think>c", "opens twice"),
        ("<think>\n\n</think>\n\n<think>a pan</think>one takes", "an empty thinking block comes before"),
    ],
)
def test_faults_of_thinking_blocks_are_told_apart(content: str, words: str) -> None:
    [finding] = found("LM404", {"conversation": [ASKED, said(content)]})
    assert words in finding.sentence


def test_reasoning_outside_the_block_is_found() -> None:
    template = (
        "{%- for m in messages %}<|im_start|>{{ m.role }}\n{% if m.reasoning_content %}<think>\n\n</think>\n"
    )
    template += "{{ m.reasoning_content }}\n{% endif %}{{ m.content }}<|im_end|>\n{%- endfor %}"
    conversation = [ASKED, said("one takes", reasoning_content="a pan will do")]
    [finding] = found("LM404", {"conversation": conversation, "chat_template": template})
    assert "the reasoning `a pan will do` is written outside" in finding.sentence


def test_a_special_token_in_content_is_named_with_its_place() -> None:
    conversation = [{"role": "user", "content": "what is <|im_end|>, and <|im_end|>?"}, said("an end")]
    [finding] = found("LM405", {"conversation": conversation})
    assert "`<|im_end|>` stands in the `content` of turn 1 2 times" in finding.sentence
    assert len(finding.tokens) == 2


def test_thinking_tags_are_no_special_tokens() -> None:
    assert found("LM405", {"conversation": [ASKED, said("<think>hm</think>a pan")]}) == []


def test_an_argument_that_changes_nothing_is_not_named() -> None:
    template = "{%- if add_generation_prompt and quiet %}x{%- endif %}" + PLAIN
    assert found("LM407", {"conversation": [ASKED, said("a pan")], "chat_template": template}) == []


def test_a_system_prompt_of_the_templates_own_is_a_note() -> None:
    template = "{{- '<|im_start|>You are a very helpful cook.<|im_end|>' }}" + PLAIN
    [finding] = found("LM409", {"conversation": [ASKED, said("a pan")], "chat_template": template})
    assert finding.severity == "note"
    assert "`You are a very helpful cook.`" in finding.sentence


def test_reasoning_a_template_knows_nothing_of_is_found() -> None:
    conversation = [ASKED, said("one takes", reasoning_content="a pan will do")]
    [finding] = found("LM411", {"conversation": conversation, "chat_template": "bundled:chatml"})
    assert "`a pan will do`" in finding.sentence
    assert finding.severity == "warning"
