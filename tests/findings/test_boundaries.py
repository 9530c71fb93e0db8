"""Edges of what trains: headers, line breaks, tokens across an edge, text of others."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.analysis import Finding
from lossmask.findings.boundaries import RULES
from lossmask.findings.registry import diagnose

from tests.findings.subjects import subject_for
from tests.labels import PANCAKES

FAILING = {rule.code: rule.failing for rule in RULES}
TWICE = [*PANCAKES, {"role": "user", "content": "How long?"}, {"role": "assistant", "content": "An hour."}]


def found(strategy: Any = "assistant-turns", messages: Any = TWICE, **fields: Any) -> list[Finding]:
    body = {"conversation": {"messages": list(messages)}, "strategy": strategy, **fields}
    return list(diagnose(subject_for(body), RULES))


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in findings]


def test_a_header_that_the_user_asked_for_is_no_finding() -> None:
    options = {"header": True, "newline": True}
    assert found({"name": "assistant-turns", "options": options}) == []


def test_the_header_that_nemo_rl_trains_has_its_option_as_fix() -> None:
    [header] = [hit for hit in found("nemo-rl", chat_template="bundled:chatml") if hit.code == "LM301"]
    assert header.fix == "data.add_generation_prompt: true"
    assert header.sentence.startswith("`<|im_start|>assistant\\n` at the start of turns 2 and 4 is trained")
    told = {"name": "nemo-rl", "options": {"add_generation_prompt": True}}
    assert "LM301" not in [code for code, _ in codes(found(told, chat_template="bundled:chatml"))]


def test_white_space_of_a_header_is_a_note() -> None:
    strategy = {"name": "trl-response-template", "options": {"response_template": "<|im_start|>assistant"}}
    notes = codes(found(strategy, PANCAKES, chat_template="bundled:chatml"))
    assert ("LM301", "note") in notes


def test_the_line_break_is_a_note_where_it_trains() -> None:
    strategy = {"name": "trl-completion-only"}
    assert codes(found(strategy, chat_template="bundled:chatml")) == [("LM302", "note")]
    assert found({"name": "assistant-turns", "options": {"newline": True}}) == []


def test_the_line_break_is_a_note_where_it_is_masked_in_the_same_words_of_every_row() -> None:
    [two], [one] = (
        found(chat_template="bundled:chatml"),
        found(messages=PANCAKES, chat_template="bundled:chatml"),
    )
    assert (two.code, two.severity, len(two.tokens)) == ("LM307", "note", 1)
    assert two.sentence == one.sentence
    assert '"newline": true' in (two.fix or "")


def test_a_template_without_a_line_break_has_no_note_on_it() -> None:
    assert found(chat_template="bundled:llama-3") == []
    assert found("full", chat_template="bundled:chatml") == []


def test_a_header_that_a_framework_trains_by_default_is_a_note() -> None:
    [header] = [hit for hit in found("nemo-rl", chat_template="bundled:chatml") if hit.code == "LM301"]
    [marked] = [hit for hit in diagnose(subject_for(FAILING["LM301"]), RULES) if hit.code == "LM301"]
    assert (header.severity, marked.severity) == ("note", "warning")


def test_both_id_lists_are_shown_where_the_prompt_ends_otherwise() -> None:
    subject = subject_for(FAILING["LM304"])
    findings = {finding.code: finding for finding in diagnose(subject, RULES)}
    ids = subject.context.tokenizer.encode("\n").ids.tolist()
    assert f"ends in the ids {ids}" in findings["LM304"].sentence
    assert "both `\\n` of the generation prompt and `\\n" in findings["LM303"].sentence
    assert findings["LM303"].tokens == findings["LM304"].tokens[:1] or findings["LM304"].tokens
    assert findings["LM304"].fix == 'message["content"] = message["content"].lstrip()'


def test_a_reply_that_is_not_trained_has_no_edge() -> None:
    messages = [PANCAKES[0], {"role": "assistant", "content": "\n\nto bake"}, *TWICE[2:]]
    assert [
        code for code, _ in codes(found("trl-completion-only", messages, chat_template="bundled:chatml"))
    ] == ["LM302"]


def test_every_masked_piece_of_the_last_character_is_shown() -> None:
    [finding] = [hit for hit in diagnose(subject_for(FAILING["LM305"]), RULES) if hit.code == "LM305"]
    (start, end) = finding.tokens[0]
    assert f"the last {end - start} of them" in finding.sentence
    assert "\N{PARTY POPPER}" in finding.sentence


def test_a_whole_character_is_no_finding() -> None:
    messages = [PANCAKES[0], {"role": "assistant", "content": "Great job \N{PARTY POPPER}"}]
    assert codes(found("assistant-turns", messages)) == [("LM307", "note")]


def test_text_of_others_is_counted_and_quoted() -> None:
    [finding] = [hit for hit in diagnose(subject_for(FAILING["LM306"]), RULES) if hit.code == "LM306"]
    assert (
        "tokens of turn 1 are trained, such as `give me a recipe to bake pancakes` of the user"
        in finding.sentence
    )


def test_text_that_the_options_train_is_no_finding() -> None:
    roles = {"name": "axolotl", "options": {"roles_to_train": ["assistant", "user"]}}
    assert codes(found(roles, chat_template="bundled:chatml")) == [("LM307", "note")]
    assert (
        found({"name": "axolotl", "options": {"train_on_inputs": True}}, chat_template="bundled:chatml") == []
    )


def test_a_result_of_a_tool_that_trains_is_found() -> None:
    messages = [
        PANCAKES[0],
        {"role": "assistant", "content": "a look"},
        {"role": "tool", "content": "flour, milk"},
        PANCAKES[1],
    ]
    strategy = {
        "name": "trl-response-template",
        "options": {
            "instruction_template": "<|im_start|>user\ngive",
            "response_template": "<|im_start|>assistant\n",
        },
    }
    found_text = [
        hit for hit in found(strategy, messages, chat_template="bundled:chatml") if hit.code == "LM306"
    ]
    assert "`flour, milk` of the tool" in found_text[0].sentence


@pytest.mark.parametrize(
    "strategy", ["assistant-turns", "trl-assistant-only", "axolotl", "open-instruct", "full"]
)
@pytest.mark.parametrize("template", ["chatml", "llama-3", "gemma", "deepseek", "mistral", "zephyr", "phi-3"])
def test_healthy_masks_have_neither_error_nor_warning(strategy: str, template: str) -> None:
    findings = found(strategy, chat_template=f"bundled:{template}")
    assert [finding for finding in findings if finding.severity != "note"] == []
