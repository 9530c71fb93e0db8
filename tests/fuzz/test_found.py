"""What fuzzing found once, as small as it could be made; each is answered by a sentence, or by a result."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.batch.request import BatchRequest
from lossmask.core.conversation import Conversation
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.engine.batch import analyse_batch
from lossmask.errors import ConversationError

CALLS: list[Any] = ["x", 1.5, {"function": {}}, [[]], ["f"], [{"function": []}], [{"function": "f"}]]


@pytest.mark.parametrize("calls", CALLS)
def test_tool_calls_are_objects(calls: Any) -> None:
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "", "tool_calls": calls}]
    with pytest.raises(ConversationError, match="`tool_calls`"):
        Conversation.from_json({"messages": messages})


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "content": 1.5},
        {"role": "assistant", "content": {"text": "x"}},
        {"role": "assistant", "content": [{"type": "text", "text": 3}]},
        {"role": "assistant", "content": "x", "reasoning_content": ["a"]},
    ],
)
@pytest.mark.parametrize(
    "renderer", ["role_colon", "llama3", "qwen3", "qwen3_instruct", "qwen3_disable_thinking"]
)
def test_tinker_refuses_a_content_that_is_no_text(renderer: str, message: dict[str, Any]) -> None:
    rule = {"name": "tinker", "options": {"renderer": renderer}}
    assert outcome({"role": "user", "content": "hi"}, message, rule=rule) == "error"


@pytest.mark.parametrize("renderer", ["qwen3", "llama-3"])
def test_prime_rl_refuses_a_part_that_is_no_object(renderer: str) -> None:
    rule = {"name": "prime-rl", "options": {"renderer": renderer}}
    assert outcome({"role": "user", "content": [[]]}, rule=rule) in ("error", "dropped")


def outcome(*messages: dict[str, Any], rule: dict[str, Any]) -> str:
    asked = {"conversation": list(messages), "strategy": rule, "chat_template": "bundled:chatml"}
    return analyse(AnalysisRequest.from_json(asked)).outcome.kind


@pytest.mark.parametrize("packing", [None, "bfd"])
@pytest.mark.parametrize("template", ["", "{% if messages|length > 1 %}x{% endif %}"])
def test_a_batch_of_rows_without_tokens(template: str, packing: str | None) -> None:
    rows = [{"messages": [{"role": "user", "content": "x"}] * count} for count in (2, 1, 1)]
    asked = {"conversations": rows, "chat_template": template, "batch": {"packing": packing}}
    found = analyse_batch(BatchRequest.from_json(asked)).as_json()
    assert len(found["rows"]) == 3
