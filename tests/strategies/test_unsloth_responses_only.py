"""What Unsloth trains in both versions, each option's effect, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from lossmask.core.analysis import Analysis

from tests.labels import PANCAKES, analysed, trained_texts

TWO_TURNS = (
    *PANCAKES,
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while"},
)
CHATML = {"instruction_part": "<|im_start|>user\n", "response_part": "<|im_start|>assistant\n"}
PAN = "to bake pancakes, one takes a pan"


def unsloth(
    messages: Sequence[dict[str, Any]] = TWO_TURNS, template: str = "chatml", **options: Any
) -> Analysis:
    return analysed(
        messages, strategy="unsloth-responses-only", options=options, chat_template=f"bundled:{template}"
    )


def reasons(analysis: Analysis) -> list[str]:
    """The sentences that some token has, in the order of the row."""
    row = analysis.examples[0].example
    return list(dict.fromkeys(row.reason_table[number].sentence for number in row.reasons.tolist()))


def test_the_newline_after_eos_is_masked_now_and_was_trained_before() -> None:
    assert trained_texts(unsloth()) == [f"{PAN}<|im_end|>", "a while<|im_end|>"]
    assert trained_texts(unsloth(version="2026.8")) == [f"{PAN}<|im_end|>\n", "a while<|im_end|>\n"]


def test_the_newline_is_trained_where_the_end_of_turn_is_not_eos() -> None:
    assert trained_texts(unsloth(template="gemma")) == [f"{PAN}<end_of_turn>\n", "a while<end_of_turn>\n"]


def test_a_system_turn_in_between_is_masked_now_and_was_trained_before() -> None:
    messages = (*PANCAKES, {"role": "system", "content": "be brief"}, *TWO_TURNS[2:])
    assert trained_texts(unsloth(messages, **CHATML))[0] == f"{PAN}<|im_end|>"
    before = trained_texts(unsloth(messages, version="2026.8", **CHATML))
    assert before[0] == f"{PAN}<|im_end|>\n<|im_start|>system\nbe brief<|im_end|>\n"


def test_consecutive_replies_are_two_now_and_were_one_with_a_header_before() -> None:
    messages = (*PANCAKES, {"role": "assistant", "content": "and a fire"})
    assert trained_texts(unsloth(messages)) == [f"{PAN}<|im_end|>", "and a fire<|im_end|>"]
    [joined] = trained_texts(unsloth(messages, version="2026.8"))
    assert joined == f"{PAN}<|im_end|>\n<|im_start|>assistant\nand a fire<|im_end|>\n"


def test_the_end_of_an_empty_reply_is_trained() -> None:
    messages = ({"role": "user", "content": "hush"}, {"role": "assistant", "content": ""}, *TWO_TURNS[2:])
    assert trained_texts(unsloth(messages)) == ["<|im_end|>", "a while<|im_end|>"]


@pytest.mark.parametrize("template", ["chatml", "llama-3", "gemma", "phi-3", "zephyr", "mistral", "vicuna"])
def test_markers_are_detected_in_every_format(template: str) -> None:
    first, second = trained_texts(unsloth(template=template))
    assert first.strip().startswith(PAN)
    assert second.strip().startswith("a while")


def test_detected_markers_are_those_one_would_give() -> None:
    assert trained_texts(unsloth()) == trained_texts(unsloth(**CHATML))


def test_the_last_reply_only() -> None:
    analysis = unsloth(last_response_only=True)
    assert trained_texts(analysis) == ["a while<|im_end|>"]
    assert "Masked: reply 1 is not the last, and `last_response_only` is on." in reasons(analysis)


def test_tokens_masked_inside_replies() -> None:
    analysis = unsloth(mask_out_tokens=["<|im_end|>"])
    assert trained_texts(analysis) == [PAN, "a while"]
    assert "Masked: '<|im_end|>' is in `mask_out_tokens`." in reasons(analysis)
    assert trained_texts(unsloth(mask_out_tokens=[" pan"]))[:2] == ["to bake", "cakes, one takes a"]


def test_masked_tokens_are_found_after_a_space_too() -> None:
    spaced = trained_texts(unsloth(mask_out_tokens=["while"]))
    assert spaced[1:] == ["a", "<|im_end|>"]


def test_a_reason_for_every_stretch() -> None:
    assert reasons(unsloth()) == [
        "Masked: before the first `response_part` match.",
        "Masked: the `response_part` match that opens reply 1.",
        "Trained: reply 1, from its `response_part` match to the EOS, which is part of it.",
        "Masked: after reply 1, which its EOS ended.",
        "Masked: the `response_part` match that opens reply 2.",
        "Trained: reply 2, from its `response_part` match to the EOS, which is part of it.",
        "Masked: after reply 2, which its EOS ended.",
    ]


def test_markers_that_match_nowhere_cost_the_row() -> None:
    outcome = unsloth(instruction_part="### In:\n", response_part="### Out:\n").outcome
    assert outcome.kind == "dropped"
    assert "`response_part` matches nowhere" in str(outcome.reason)


def test_nothing_left_to_train_costs_the_row() -> None:
    assert unsloth(PANCAKES[:1]).outcome.kind == "dropped"
    assert unsloth(({"role": "system", "content": "be brief"},)).outcome.kind == "dropped"
    outcome = unsloth(({"role": "assistant", "content": ""},), mask_out_tokens=["<|im_end|>"]).outcome
    assert outcome.kind == "dropped"
    assert "1 `response_part` matches" in str(outcome.reason)


def test_truncation_comes_before_the_search() -> None:
    whole = unsloth(PANCAKES).examples[0].example
    start = whole.labels.tolist().index(next(label for label in whole.labels.tolist() if label >= 0))
    assert unsloth(PANCAKES, max_seq_length=start).outcome.kind == "dropped"
    cut = unsloth(PANCAKES, max_seq_length=start + 2)
    assert len(trained_texts(cut)) == 1
    assert cut.examples[0].example.cut_tokens == len(whole.tokens) - start - 2


def test_one_marker_alone_is_an_error() -> None:
    assert unsloth(response_part="<|im_start|>assistant\n").outcome.kind == "error"


def test_a_marker_without_a_stable_core_is_an_error() -> None:
    outcome = unsloth(
        instruction_part="\n", response_part="<|im_start|>assistant\n", force_match=False
    ).outcome
    assert outcome.kind == "error"
    assert "`instruction_part`" in str(outcome.reason)


def test_the_older_version_has_no_tokens_to_mask() -> None:
    assert unsloth(version="2026.8", mask_out_tokens=["x"]).outcome.kind == "error"


def test_a_template_whose_headers_cannot_be_told_is_an_error() -> None:
    mute = "{% for message in messages %}{{ message.content | upper }}{% endfor %}"
    analysis = analysed(strategy="unsloth-responses-only", chat_template=mute)
    assert analysis.outcome.kind == "error"
    bare = "{% for message in messages %}{{ message.content }}{% endfor %}"
    outcome = analysed(strategy="unsloth-responses-only", chat_template=bare).outcome
    assert outcome.kind == "error"
    assert "comes out empty" in str(outcome.reason)
