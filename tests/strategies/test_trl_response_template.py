"""What the removed collator trains: after the last marker, or between pairs of markers."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.analysis import Analysis
from lossmask.errors import OptionError

from tests.labels import PANCAKES, analysed, trained_texts

USER, BOT = "<|im_start|>user\n", "<|im_start|>assistant\n"
SECOND = ({"role": "user", "content": "how long?"}, {"role": "assistant", "content": "a while"})
REPLIES = ["to bake pancakes, one takes a pan<|im_end|>\n", "a while<|im_end|>\n"]


def said(role: str, content: str = "so") -> dict[str, Any]:
    return {"role": role, "content": content}


def trained(*messages: dict[str, Any], **options: Any) -> list[str]:
    return trained_texts(collated(*messages, **options))


def collated(*messages: dict[str, Any], **options: Any) -> Analysis:
    given = {"response_template": BOT, "pad_token": "<|endoftext|>", **options}
    return analysed(
        messages or (*PANCAKES, *SECOND),
        strategy="trl-response-template",
        options=given,
        chat_template="bundled:chatml",
    )


def test_response_only_trains_the_last_turn() -> None:
    assert trained() == REPLIES[1:]


def test_response_only_runs_to_the_end_whoever_speaks() -> None:
    assert trained(*PANCAKES, said("user", "thanks")) == [REPLIES[0] + USER + "thanks<|im_end|>\n"]


def test_pairs_train_every_turn() -> None:
    assert trained(instruction_template=USER) == REPLIES


def test_the_system_message_lies_before_the_first_pair() -> None:
    assert trained(said("system"), *PANCAKES, instruction_template=USER) == REPLIES[:1]


def test_consecutive_assistants_train_the_user_after_them() -> None:
    """The second instruction pairs with the second response, which stands before it."""
    texts = trained(*PANCAKES, said("assistant"), *SECOND, instruction_template=USER)
    assert any("how long?" in text for text in texts)


def test_a_response_first_gets_a_stretch_of_its_own() -> None:
    assert trained(said("assistant"), *PANCAKES, instruction_template=USER) == [
        "so<|im_end|>\n",
        REPLIES[0],
    ]


def test_a_last_instruction_without_response_is_masked() -> None:
    assert trained(*PANCAKES, said("user", "thanks"), instruction_template=USER) == REPLIES[:1]


def test_an_empty_turn_trains_its_end() -> None:
    assert trained(PANCAKES[0], said("assistant", "")) == ["<|im_end|>\n"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"response_template": "### Response:"}, "response_template"),
        ({"response_template": "### Response:", "instruction_template": USER}, "response_template"),
        ({"instruction_template": "### Instruction:"}, "instruction_template"),
    ],
)
def test_a_marker_that_is_nowhere_masks_the_row(options: dict[str, str], named: str) -> None:
    analysis = collated(**options)
    assert trained_texts(analysis) == []
    row = analysis.examples[0].example
    assert f"`{named}`" in row.reason_table[int(row.reasons[-1])].sentence


def test_a_system_message_alone_is_masked() -> None:
    assert trained(said("system")) == []


def test_padding_equal_to_the_end_of_turn_masks_it() -> None:
    assert trained(pad_token="<|im_end|>") == ["a while", "\n"]


def test_padding_inside_a_marker_hides_it() -> None:
    assert trained(pad_token="<|im_start|>") == []


def test_a_pad_token_that_is_none_is_refused() -> None:
    assert collated(pad_token=None).outcome.kind == "error"


def test_a_template_is_a_text() -> None:
    with pytest.raises(OptionError, match="response_template"):
        collated(response_template=None)
