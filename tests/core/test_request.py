"""Reading the body of a request, and refusing what it cannot be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from lossmask.core.request import FIELDS, AnalysisRequest
from lossmask.errors import ConversationError, OptionError

MESSAGES = [{"role": "user", "content": "hi"}]


def test_defaults() -> None:
    request = AnalysisRequest.from_json({"conversation": {"messages": MESSAGES}})
    assert (request.tokenizer, request.tokenizer_loader) == ("bundled", "auto")
    assert (request.strategy.name, request.reduction) == ("assistant-turns", None)
    assert request.today is None


def test_every_field() -> None:
    body = {
        "tokenizer": "local:x",
        "tokenizer_loader": "file",
        "chat_template": "bundled:chatml",
        "template_arguments": {"enable_thinking": False},
        "conversation": {"messages": MESSAGES, "tools": [{"name": "f"}]},
        "strategy": {"name": "full", "options": {"max_length": 3}},
        "reduction": {"name": "token-mean", "options": {}},
        "today": "2026-11-23",
        "losses": None,
    }
    assert set(body) == set(FIELDS)
    request = AnalysisRequest.from_json(body)
    assert request.today == date(2026, 11, 23)
    assert request.conversation.tools == ({"name": "f"},)
    assert request.strategy.options == {"max_length": 3}


@pytest.mark.parametrize(
    "change",
    [
        {"tokenizer": 1},
        {"tokenizer_loader": "fast"},
        {"chat_template": []},
        {"template_arguments": []},
        {"strategy": 1},
        {"strategy": {"name": "full", "options": []}},
        {"today": "yesterday"},
        {"today": 20261123},
        {"absent": 1},
    ],
)
def test_wrong_fields_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        AnalysisRequest.from_json({"conversation": {"messages": MESSAGES}, **change})


@pytest.mark.parametrize(
    "conversation",
    [
        None,
        1,
        {},
        {"messages": []},
        {"messages": [1]},
        {"messages": [{"content": "x"}]},
        {"messages": MESSAGES, "tools": 1},
    ],
)
def test_wrong_conversations_are_refused(conversation: object) -> None:
    with pytest.raises(ConversationError):
        AnalysisRequest.from_json({"conversation": conversation})


def test_the_body_itself_is_an_object() -> None:
    with pytest.raises(OptionError):
        AnalysisRequest.from_json([1])
