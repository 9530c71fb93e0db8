"""Ends of turns: which are masked, by whom, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.analysis import Finding
from lossmask.findings.registry import diagnose
from lossmask.findings.stop_tokens import RULES

from tests.findings.fixes import applied
from tests.findings.subjects import subject_for
from tests.labels import PANCAKES

TWICE = [*PANCAKES, {"role": "user", "content": "How long?"}, {"role": "assistant", "content": "An hour."}]
NEXT_ROLE = "{% for message in messages %}{{ '<|' + message.role + '|>' + message.content }}{% endfor %}"
PLAIN = (
    "{% for message in messages %}{{ '### ' + message.role + '\\n' + message.content + '\\nEND\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '### assistant\\n' }}{% endif %}"
)


def found(strategy: Any = "assistant-turns", messages: Any = TWICE, **fields: Any) -> list[Finding]:
    body = {"conversation": {"messages": list(messages)}, "strategy": strategy, **fields}
    return list(diagnose(subject_for(body), RULES))


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in findings]


def test_an_end_that_a_message_brings_along_is_taken_off_it() -> None:
    said = {"role": "assistant", "content": "take a pan<|im_end|>"}
    fields = {"messages": [PANCAKES[0], said], "chat_template": "bundled:chatml"}
    [doubled] = [finding for finding in found(**fields) if finding.code == "LM203"]
    request = {"conversation": [PANCAKES[0], said]}
    changed = applied(doubled.fix or "", request)
    assert changed is not None
    assert changed["conversation"][1]["content"] == "take a pan"
    assert codes(found(**{**fields, "messages": changed["conversation"]})) == []


def test_each_turn_is_looked_at() -> None:
    [finding] = found("generation-tags", chat_template=RULES[0].failing["chat_template"])
    assert finding.sentence.startswith("The `<|im_end|>` that end turns 2 and 4 are masked")
    assert len(finding.tokens) == 2


def test_only_the_turn_at_fault_is_named() -> None:
    template = (
        RULES[0]
        .mended["chat_template"]
        .replace(
            "{% if message.role == 'assistant' %}", "{% if message.role == 'assistant' and loop.last %}", 1
        )
    )
    early = (
        "{% elif message.role == 'assistant' %}{% generation %}{{ message.content }}{% endgeneration %}"
        "{{ '<|im_end|>\\n' }}{% else %}"
    )
    [finding] = found("generation-tags", chat_template=template.replace("{% else %}", early, 1))
    assert "that ends turn 2 is masked" in finding.sentence


def test_the_marker_of_the_next_turn_is_the_end_where_there_is_no_other() -> None:
    [finding] = found(chat_template=NEXT_ROLE)
    assert finding.code == "LM201"
    assert "The `<|user|>` that ends turn 2 is masked as part of the next turn" in finding.sentence
    assert codes(found("full", chat_template=NEXT_ROLE)) == [("LM205", "note")]


def test_an_end_of_ordinary_text_counts_too() -> None:
    [finding] = found(chat_template=PLAIN)
    assert finding.code == "LM201"
    assert "`END` after turns 2 and 4" in finding.sentence
    assert found("full", chat_template=PLAIN) == []


def test_an_end_that_an_option_masks_is_a_note() -> None:
    off = {"name": "assistant-turns", "options": {"end_of_turn": False}}
    assert codes(found(off)) == [("LM201", "note")]
    none = {"name": "axolotl", "options": {"train_on_eos": "none"}}
    assert codes(found(none, chat_template="bundled:chatml")) == [("LM201", "note")]
    last = {"name": "axolotl", "options": {"train_on_eos": "last"}}
    [finding] = found(last, chat_template="bundled:chatml")
    assert (finding.severity, len(finding.tokens)) == ("note", 1)


def test_axolotl_on_gemma_trains_no_end_until_it_is_told_the_token() -> None:
    for finding in found("axolotl", chat_template="bundled:gemma"):
        assert finding.code in ("LM201", "LM202")
        assert finding.fix == 'eot_tokens: ["<end_of_turn>"]'
    told = {"name": "axolotl", "options": {"eot_tokens": ["<end_of_turn>"]}}
    assert codes(found(told, chat_template="bundled:gemma")) == [("LM205", "note")]


def test_padding_that_is_eos_masks_every_end() -> None:
    strategy = {"name": "hf-causal-lm-collator", "options": {"pad_token": "<|im_end|>"}}
    [finding] = found(strategy, chat_template="bundled:chatml")
    assert finding.code == "LM204"
    assert "where it ends turns 2 and 4" in finding.sentence
    assert finding.fix is not None
    assert finding.fix.startswith("tokenizer.pad_token = ")


def test_eos_after_a_line_break_is_a_note() -> None:
    doubled = [hit for hit in found("megatron-bridge", chat_template="bundled:chatml") if hit.code == "LM203"]
    assert [finding.severity for finding in doubled] == ["note"]


def test_the_same_id_at_the_ends_of_two_silent_turns_is_not_doubled() -> None:
    template = (
        "{% for message in messages %}{% generation %}{{ message.content + '<|im_end|>' }}{% endgeneration %}"
        "{% endfor %}"
    )
    messages = [{"role": "assistant", "content": "hi"}, {"role": "assistant", "content": ""}]
    assert "LM203" not in [code for code, _ in codes(found("full", messages, chat_template=template))]


def test_a_turn_that_was_cut_has_no_end_to_train() -> None:
    strategy = {"name": "assistant-turns", "options": {"max_length": 16}}
    assert found(strategy, chat_template="bundled:chatml") == []


@pytest.mark.parametrize(
    "strategy", ["assistant-turns", "trl-assistant-only", "axolotl", "open-instruct", "full"]
)
@pytest.mark.parametrize("template", ["chatml", "llama-3", "deepseek", "mistral", "zephyr", "phi-3"])
def test_healthy_masks_have_neither_error_nor_warning(strategy: str, template: str) -> None:
    options = {"eot_tokens": ["<|im_end|>", "<|eot_id|>", "<｜end▁of▁sentence｜>", "</s>", "<|end|>"]}  # noqa: RUF001
    chosen = {"name": strategy, "options": options if strategy == "axolotl" else {}}
    findings = found(chosen, chat_template=f"bundled:{template}")
    assert [finding for finding in findings if finding.severity != "note"] == []


def test_a_turn_that_stands_twice_in_the_row_is_not_judged() -> None:
    forgets = (
        "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}"
        "{% if loop.last and message.role == 'assistant' %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}"
        "{{ message.content + '<|im_end|>\\n' }}{% endfor %}"
    )
    findings = found("nemo-rl", chat_template=forgets)
    assert "LM201" not in [code for code, _ in codes(findings)]
