"""Rules on BOS, unknown tokens and text that its tokens lack, beyond their own examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lossmask.core.analysis import Finding
from lossmask.findings.registry import diagnose
from lossmask.findings.subject import Subject
from lossmask.findings.tokenizer import RULES

from tests.findings.subjects import subject_for

ASKED = {"role": "user", "content": "give me a recipe"}


def found(code: str, fields: Mapping[str, Any] | Subject) -> list[Finding]:
    subject = fields if isinstance(fields, Subject) else subject_for(fields)
    return list(diagnose(subject, [rule for rule in RULES if rule.code == code]))


def said(content: str) -> list[dict[str, Any]]:
    return [ASKED, {"role": "assistant", "content": content}]


def test_a_double_bos_points_at_both() -> None:
    template = "{{ bos_token + bos_token }}{{ messages[0].content }}"
    [finding] = found("LM501", {"conversation": said("a pan"), "chat_template": template, "strategy": "full"})
    assert finding.tokens == ((0, 2),)
    assert "<|begin_of_text|>" in finding.sentence


def test_a_bos_later_in_the_row_is_not_doubled() -> None:
    template = "{{ bos_token }}{{ messages[0].content }}{{ bos_token }}"
    assert (
        found("LM501", {"conversation": said("a pan"), "chat_template": template, "strategy": "full"}) == []
    )


def test_no_bos_is_missed_where_neither_tokenizer_nor_format_asks_for_one() -> None:
    assert found("LM502", {"conversation": said("a pan"), "chat_template": "bundled:chatml"}) == []


def test_the_loaders_disagreement_is_a_warning_in_its_own_words() -> None:
    subject = subject_for({"conversation": said("in 2024")})
    sentence = (
        "AutoTokenizer and tokenizer.json disagree from token 1 on: '2' (1) against '2024' (2) in the file."
    )
    other = replace(subject, tokenizer=replace(subject.tokenizer, differs_from_file=sentence))
    [finding] = found("LM503", other)
    assert (finding.severity, finding.sentence) == ("warning", sentence)


def test_a_space_before_a_stretch_of_text_is_a_note() -> None:
    subject = subject_for({"conversation": said("hi")})
    sentence = "They disagree from token 1 on: 'hi' (1) against '\u2581hi' (2) in the file."
    other = replace(subject, tokenizer=replace(subject.tokenizer, differs_from_file=sentence))
    assert [finding.severity for finding in found("LM503", other)] == ["note"]


def test_unknown_tokens_are_counted() -> None:
    [finding] = found("LM504", {"conversation": said("a <unk> and a <unk>")})
    assert finding.sentence.startswith("2 tokens of the text are the unknown token `<unk>`")
    assert len(finding.tokens) == 2


def test_a_replacement_character_is_shown_with_what_surrounds_it() -> None:
    [finding] = found("LM505", {"conversation": said("one takes cr\ufffdme")})
    assert "1 replacement character (U+FFFD)" in finding.sentence
    assert "cr\ufffdme" in finding.sentence
    assert finding.tokens


def test_decomposed_accents_are_given_back_by_bytes() -> None:
    assert found("LM505", {"conversation": said("cafe\u0301 \U0001f642 \uff21")}) == []
