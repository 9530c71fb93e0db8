"""The documented rule of OpenAI's fine-tuning API, over a template of ours."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.analysis import Analysis
from lossmask.strategies.openai_weights import STRATEGY

from tests.labels import analysed, trained_texts

FIRST, SECOND = "to bake pancakes, one takes a pan<|im_end|>", "a while<|im_end|>"


def chat(*weights: object, user: object = None) -> list[dict[str, Any]]:
    """Two questions and two replies; replies take the weights in order."""
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "give me a recipe", "weight": user},
        {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
        {"role": "user", "content": "how long?"},
        {"role": "assistant", "content": "a while"},
    ]
    for message, weight in zip(messages[1::2], weights, strict=False):
        message["weight"] = weight
    return messages


def weighted(messages: list[dict[str, Any]], template: str = "bundled:chatml") -> Analysis:
    return analysed(messages, chat_template=template, strategy="openai-weights")


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((), [FIRST, SECOND]),
        ((0, 1), [SECOND]),
        ((1, 0), [FIRST]),
        ((None, 1.0), [FIRST, SECOND]),
        ((0, 0), []),
    ],
)
def test_weights(weights: tuple[object, ...], expected: list[str]) -> None:
    assert trained_texts(weighted(chat(*weights))) == expected


@pytest.mark.parametrize("weight", [2, 0.5, -1, "1", True, [1]])
def test_a_weight_that_is_neither_0_nor_1_is_refused(weight: object) -> None:
    outcome = weighted(chat(weight)).outcome
    assert outcome.kind == "error"
    assert "message 2" in str(outcome.reason)


def test_a_weight_on_a_user_message_is_refused() -> None:
    outcome = weighted(chat(user=1)).outcome
    assert outcome.kind == "error"
    assert "only assistant messages" in str(outcome.reason)


def test_an_empty_reply_trains_its_end() -> None:
    messages = [{"role": "user", "content": "?"}, {"role": "assistant", "content": ""}]
    assert trained_texts(weighted(messages)) == ["<|im_end|>"]


def test_a_template_that_ends_turns_with_no_token() -> None:
    template = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
    assert all("<|" not in text for text in trained_texts(weighted(chat(), template)))
    assert len(trained_texts(weighted(chat(), template))) == 2


def test_consecutive_replies_and_no_reply() -> None:
    replies = [{"role": "assistant", "content": "one"}, {"role": "assistant", "content": "two", "weight": 0}]
    assert trained_texts(weighted(replies)) == ["one<|im_end|>"]
    assert trained_texts(weighted([{"role": "system", "content": "be brief"}])) == []


def test_reasons_name_the_weight() -> None:
    analysis = weighted(chat(0, 1))
    sentences = {reason.sentence for reason in analysis.reason_table}
    assert "Masked: assistant message 2 has `weight: 0`." in sentences
    assert "Trained: assistant message 4 has weight 1, through the token that ends its turn." in sentences


def test_it_says_that_the_service_is_closed() -> None:
    assert any("closed" in sentence for sentence in STRATEGY.known_differences)
    assert "closed" in STRATEGY.meaning
