"""A comparison's request: B written as what it changes of A."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.comparison_request import ComparisonRequest
from lossmask.errors import LossmaskError

A = {"conversation": [{"role": "user", "content": "hi"}], "chat_template": "bundled:llama-3"}


def test_b_is_a_but_for_what_it_says() -> None:
    found = ComparisonRequest.from_json({"a": A, "b": {"strategy": "full"}, "examples": [1, 0]})
    assert found.a.strategy.name == "assistant-turns"
    assert (found.b.strategy.name, found.b.chat_template) == ("full", "bundled:llama-3")
    assert found.b.conversation == found.a.conversation
    assert found.examples == (1, 0)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"a": A},
        {"a": A, "b": {}, "c": {}},
        {"a": A, "b": "full"},
        {"a": A, "b": {"colour": "red"}},
        {"a": A, "b": {}, "examples": [0]},
        {"a": A, "b": {}, "examples": [0, -1]},
        {"a": A, "b": {}, "examples": [True, 0]},
    ],
)
def test_what_cannot_be_read_is_refused(body: Any) -> None:
    with pytest.raises(LossmaskError):
        ComparisonRequest.from_json(body)
