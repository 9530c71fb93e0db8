"""What a framework does to a row that its own rule does not fit."""

from __future__ import annotations

from typing import Any

from lossmask.findings.framework import RULES
from lossmask.findings.registry import found_by

from tests.findings.subjects import subject_for

CODES = {rule.code: rule for rule in RULES}
TALK = [
    {"role": "user", "content": "pancakes?"},
    {"role": "assistant", "content": "take a pan"},
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while"},
]
HEADER = "<|im_start|>assistant\n"


def found(strategy: str, messages: Any = TALK, chat_template: str = "bundled:chatml", **options: Any) -> Any:
    choice = {"name": strategy, "options": options}
    fields = {"conversation": {"messages": messages}, "chat_template": chat_template, "strategy": choice}
    subject = subject_for(fields)
    return {code: hits for code, rule in CODES.items() if (hits := found_by(rule, subject))}


def test_a_missing_marker_shows_both_lists_of_ids() -> None:
    [hit] = found("trl-response-template", response_template="### Answer:")["LM701"]
    assert hit.sentence.count("[") == 2
    assert hit.fix == f"response_template={HEADER!r},"


def test_a_marker_that_holds_padding_is_told_so() -> None:
    [hit] = found("trl-response-template", pad_token="<|im_start|>")["LM701"]
    assert "padding token" in hit.sentence


def test_a_quoted_marker_that_is_not_the_last_match_changes_nothing() -> None:
    quoted = [{"role": "user", "content": f"What does {HEADER} mean?"}, *TALK[1:2]]
    [hit] = found("trl-response-template", quoted)["LM702"]
    assert hit.severity == "note"


def test_a_quoted_marker_begins_a_reply_for_unsloth() -> None:
    quoted = [{"role": "user", "content": f"What does {HEADER} mean?"}, *TALK[1:2]]
    [hit] = found("unsloth-responses-only", quoted)["LM702"]
    assert hit.severity == "warning"
    assert "turn 1 (user)" in hit.sentence


def test_a_marker_that_opens_every_turn_is_found_elsewhere() -> None:
    [hit] = found("trl-response-template", response_template="<|im_start|>")["LM702"]
    assert "the template writes" in hit.sentence


def test_markers_that_the_template_writes_are_healthy() -> None:
    for options in ({}, {"instruction_part": "<|im_start|>user\n", "response_part": HEADER}):
        assert found("unsloth-responses-only", **options) == {}
    for template in ("bundled:llama-2", "bundled:mistral", "bundled:zephyr", "bundled:phi-3"):
        assert found("unsloth-responses-only", chat_template=template) == {}


def test_a_conversation_without_a_reply_needs_no_marker() -> None:
    assert "LM701" not in found("unsloth-responses-only", TALK[:1])


def test_an_added_eos_is_only_a_note() -> None:
    [hit] = found("megatron-bridge")["LM704"]
    assert hit.severity == "note"


def test_a_refusal_is_told_once() -> None:
    assert set(found("axolotl", sequence_len=10)) == set()
    [hit] = found("axolotl", min_sample_len=500)["LM707"]
    assert "500" in hit.sentence


def test_a_weight_that_is_not_read_is_a_warning_and_one_that_is_a_note() -> None:
    weighed = [TALK[0], {**TALK[1], "weight": 0}, *TALK[2:]]
    assert [hit.severity for hit in found("assistant-turns", weighed)["LM706"]] == ["warning"]
    heeded = found("openai-weights", weighed)
    assert set(heeded) == {"LM710"}
    assert heeded["LM710"][0].severity == "note"


def test_a_field_that_a_rule_reads_by_itself_is_told_where_it_decides() -> None:
    unloved = [TALK[0], {**TALK[1], "loss": False}, *TALK[2:]]
    [hit] = found("ms-swift", unloved, template="chatml")["LM710"]
    assert "`loss: False`" in hit.sentence
    asked = [{**TALK[0], "loss": True}, *TALK[1:]]
    assert "LM710" not in found("ms-swift", asked, template="chatml")


def test_the_instruction_marker_that_is_named_trains_every_reply() -> None:
    [hit] = found("trl-response-template")["LM708"]
    assert hit.fix == "instruction_template='<|im_start|>user\\n',"
    assert found("trl-response-template", instruction_template="<|im_start|>user\n") == {}


def test_a_mean_of_micro_batch_means_is_noted_with_this_rows_count() -> None:
    [hit] = found("open-instruct")["LM711"]
    assert hit.severity == "note"
    assert hit.sentence.startswith("open-instruct averages the loss by `micro-batch-mean`: the ")
    assert "LM711" not in found("assistant-turns")


def test_a_reduction_that_was_asked_for_is_told_so() -> None:
    fields = {"conversation": TALK, "chat_template": "bundled:chatml"}
    asked = subject_for({**fields, "reduction": "micro-batch-mean"})
    [hit] = found_by(CODES["LM711"], asked)
    assert hit.sentence.startswith("The reduction is `micro-batch-mean`: the ")
    assert hit.fix == '"reduction": {"name": "token-mean"}'
    for strategy in ("open-instruct", "megatron-bridge"):
        other = subject_for({**fields, "strategy": strategy, "reduction": "token-mean"})
        assert found_by(CODES["LM711"], other) == []


def test_a_row_that_trains_nothing_weighs_nothing_uneven() -> None:
    user = [{"role": "user", "content": "hi"}]
    fields = {"conversation": user, "chat_template": "bundled:chatml", "reduction": "micro-batch-mean"}
    assert found_by(CODES["LM711"], subject_for(fields)) == []
