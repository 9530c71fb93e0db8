"""Rules on template and tokenizer hold of real templates and tokenizers what is known of them."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.analysis import Finding
from lossmask.findings.registry import diagnose
from lossmask.findings.template import RULES as TEMPLATE_RULES
from lossmask.findings.template_revisions import REVISIONS
from lossmask.findings.tokenizer import RULES as TOKENIZER_RULES
from lossmask.settings import Settings

from tests.findings.subjects import subject_for
from tests.shared import require_shared

pytestmark = pytest.mark.parity

ASKED = {"role": "user", "content": "give me a recipe"}
REPLY = {"role": "assistant", "content": "one takes a pan"}
THOUGHT = {**REPLY, "reasoning_content": "a pan will do"}
SYSTEM = {"role": "system", "content": "You are a cook."}


def found(tokenizer: str, conversation: list[dict[str, Any]], **fields: Any) -> list[Finding]:
    root = require_shared("tokenizers", tokenizer).parent
    request = {"tokenizer": f"local:{tokenizer}", "conversation": conversation, **fields}
    subject = subject_for(request, Settings({"LOSSMASK_TOKENIZERS": str(root)}))
    return list(diagnose(subject, TEMPLATE_RULES + TOKENIZER_RULES))


def severities(findings: list[Finding]) -> dict[str, str]:
    return {finding.code: finding.severity for finding in reversed(findings)}


@pytest.mark.parametrize(
    "tokenizer",
    [
        "HuggingFaceH4__zephyr-7b-beta",
        "HuggingFaceTB__SmolLM3-3B",
        "Qwen__Qwen2.5-7B-Instruct",
        "Qwen__Qwen3-4B",
        "allenai__OLMo-2-1124-7B-Instruct",
        "deepseek-ai__DeepSeek-V3",
        "meta-llama__Llama-3.2-3B-Instruct",
        "microsoft__Phi-3-mini-4k-instruct",
        "microsoft__phi-4",
        "mistralai__Mistral-7B-Instruct-v0.2",
        "mistralai__Mistral-Nemo-Instruct-2407",
        "openai__gpt-oss-20b",
        "zai-org__GLM-4.6",
    ],
)
def test_a_plain_conversation_is_worth_notes_at_most(tokenizer: str) -> None:
    found_here = found(tokenizer, [ASKED, REPLY, ASKED, REPLY])
    assert [finding for finding in found_here if finding.severity != "note"] == []


def test_nemo_drops_the_system_prompt_before_a_reply() -> None:
    codes = severities(found("mistralai__Mistral-Nemo-Instruct-2407", [SYSTEM, ASKED, REPLY]))
    assert codes["LM403"] == codes["LM409"] == "warning"


@pytest.mark.parametrize("tokenizer", ["Qwen__Qwen3-4B", "openai__gpt-oss-20b", "zai-org__GLM-4.6"])
def test_reasoning_of_earlier_turns_is_stripped(tokenizer: str) -> None:
    codes = severities(found(tokenizer, [ASKED, THOUGHT, ASKED, REPLY]))
    assert codes["LM403"] == codes["LM411"] == "warning"
    assert "LM411" not in severities(found(tokenizer, [ASKED, THOUGHT]))


def test_white_space_that_a_marker_swallows_is_no_marker_in_the_message() -> None:
    conversation = [ASKED, {**REPLY, "content": "one takes a pan  "}, ASKED, REPLY]
    assert "LM405" not in severities(found("microsoft__phi-4", conversation))
    quoting = [{**ASKED, "content": "what is  <|im_end|>?"}, REPLY]
    assert severities(found("microsoft__phi-4", quoting))["LM405"] == "warning"


def test_qwen3_moves_its_empty_thinking_block() -> None:
    [finding] = [
        finding
        for finding in found("Qwen__Qwen3-4B", [ASKED, REPLY, ASKED, REPLY])
        if finding.code == "LM403"
    ]
    assert "empty thinking block" in finding.sentence


@pytest.mark.parametrize(
    "tokenizer",
    ["meta-llama__Llama-3.2-3B-Instruct", "HuggingFaceTB__SmolLM3-3B", "openai__gpt-oss-20b"],
)
def test_templates_that_write_the_date(tokenizer: str) -> None:
    [finding] = [finding for finding in found(tokenizer, [ASKED, REPLY]) if finding.code == "LM406"]
    assert finding.tokens
    assert "2026" in finding.sentence


@pytest.mark.parametrize("tokenizer", ["Qwen__Qwen3-4B", "microsoft__phi-4", "openai__gpt-oss-20b"])
def test_stock_templates_with_two_revisions(tokenizer: str) -> None:
    assert severities(found(tokenizer, [ASKED, REPLY]))["LM408"] == "note"


def test_the_other_revisions_are_known_too() -> None:
    later = require_shared("templates", "trl", "qwen3.jinja").read_text(encoding="utf-8")
    fields = {"chat_template": later}
    [finding] = [
        finding for finding in found("Qwen__Qwen3-4B", [ASKED, REPLY], **fields) if finding.code == "LM408"
    ]
    assert "the later one" in finding.sentence
    assert len(REVISIONS) >= 8


def test_an_added_bos_is_missed_under_another_template() -> None:
    codes = severities(
        found("meta-llama__Llama-3.2-3B-Instruct", [ASKED, REPLY], chat_template="bundled:chatml")
    )
    assert codes["LM502"] == "warning"


def test_composed_accents_are_a_note_at_the_gap() -> None:
    conversation = [ASKED, {"role": "assistant", "content": "in a cafe\u0301 one takes a pan"}]
    [finding] = [
        finding for finding in found("Qwen__Qwen2.5-7B-Instruct", conversation) if finding.code == "LM505"
    ]
    assert finding.severity == "note"
    assert "NFC" in (finding.fix or "")


def test_text_that_the_vocabulary_lacks_is_unknown() -> None:
    conversation = [ASKED, {"role": "assistant", "content": "one takes a \u2603"}]
    template = "{% for m in messages %}{{ m.content }} {% endfor %}"
    findings = found("google-t5__t5-small", conversation, chat_template=template, strategy="full")
    assert severities(findings)["LM504"] == "warning"
    assert any("stands for `\u2603`" in finding.sentence for finding in findings)
