"""Rows that teach nothing, rows that teach everything, and replies passed over: the cause is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from lossmask.core.analysis import Finding
from lossmask.findings.nothing_trained import RULES
from lossmask.findings.registry import diagnose

from tests.findings.subjects import subject_for
from tests.labels import PANCAKES

UNMARKED = RULES[0].failing["chat_template"]
TWICE = [*PANCAKES, {"role": "user", "content": "How long?"}, {"role": "assistant", "content": "An hour."}]


def found(strategy: str | Mapping[str, Any], messages: Any = PANCAKES, **fields: Any) -> list[Finding]:
    body = {"conversation": {"messages": list(messages)}, "strategy": strategy, **fields}
    return list(diagnose(subject_for(body), RULES))


def sentences(findings: list[Finding]) -> str:
    return " ".join(f"{finding.code} {finding.sentence}" for finding in findings)


def test_a_template_without_marks_is_named() -> None:
    for strategy in ("generation-tags", "trl-assistant-only"):
        said = sentences(found(strategy, chat_template=UNMARKED))
        assert said.startswith("LM101")
        assert "the chat template has none" in said


def test_a_marker_that_is_nowhere_is_named_and_the_templates_own_is_the_fix() -> None:
    [finding] = found(
        {"name": "trl-response-template", "options": {"response_template": "### Answer:"}},
        chat_template="bundled:chatml",
    )
    assert "`response_template` `### Answer:` are nowhere in the row, nor is its text" in finding.sentence
    assert finding.fix == "response_template='<|im_start|>assistant\\n',"


def test_a_marker_whose_text_is_there_is_tokenized_otherwise() -> None:
    [finding] = found(
        {"name": "trl-response-template", "options": {"response_template": "ecipe"}},
        chat_template="bundled:chatml",
    )
    assert "though its text is" in finding.sentence


def test_a_row_that_unsloth_drops_is_not_trained() -> None:
    options = {"instruction_part": "### Human:", "response_part": "### Assistant:"}
    [finding] = found({"name": "unsloth-responses-only", "options": options}, chat_template="bundled:chatml")
    assert finding.code == "LM101"
    assert finding.fix == "response_part='<|im_start|>assistant\\n'"


def test_a_cut_that_leaves_nothing_is_named() -> None:
    [finding] = found({"name": "assistant-turns", "options": {"max_length": 6}})
    assert "`max_length` of 6 cuts off all that would train" in finding.sentence
    whole = subject_for({"conversation": {"messages": list(PANCAKES)}}).examples[0].example.tokens
    assert finding.fix == f"max_length: {len(whole)}"


def test_a_conversation_without_a_reply_is_named() -> None:
    assert "no message is the assistant's (the roles are user)" in sentences(
        found("assistant-turns", PANCAKES[:1])
    )
    assert found("full", PANCAKES[:1]) == []


def test_weights_that_leave_nothing_are_named() -> None:
    messages = [PANCAKES[0], {**PANCAKES[1], "weight": 0}]
    assert "weight 0" in sentences(found("openai-weights", messages))


@pytest.mark.parametrize("strategy", ["full", "trl-full", "hf-causal-lm-collator"])
def test_a_rule_for_everything_may_train_everything(strategy: str) -> None:
    assert found(strategy, chat_template=UNMARKED) == []


def test_a_cut_after_which_everything_is_trained_is_told_apart() -> None:
    strategy = {"name": "megatron-bridge", "options": {"max_seq_length": 5}}
    [finding] = found(strategy, chat_template="bundled:chatml")
    assert finding.code == "LM102"
    assert "the cut left no reply" in finding.sentence


def test_replies_left_out_on_purpose_are_not_passed_over() -> None:
    weighed = [TWICE[0], {**TWICE[1], "weight": 0}, *TWICE[2:]]
    for strategy, messages in (
        ({"name": "assistant-turns", "options": {"turns": "last"}}, TWICE),
        ({"name": "unsloth-responses-only", "options": {"last_response_only": True}}, TWICE),
        ("trl-completion-only", TWICE),
        ("openai-weights", weighed),
    ):
        assert found(strategy, messages, chat_template="bundled:chatml") == []


def test_a_reply_passed_over_says_why() -> None:
    [finding] = found("generation-tags", TWICE, chat_template=RULES[2].failing["chat_template"])
    assert finding.sentence.startswith("Of 2 replies, turn 2 is not trained while others are (masked: ")
