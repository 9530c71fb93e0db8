"""What a batch request may say, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.batch.request import BatchRequest, BatchShape, compared_with
from lossmask.errors import ConversationError, OptionError

TALK = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hey"}]}


def read(**fields: Any) -> BatchRequest:
    return BatchRequest.from_json({"conversations": [TALK], **fields})


def test_defaults() -> None:
    request = read()
    assert request.shape == BatchShape(8, 1, 1, None, None, False)
    assert (request.base.reduction, request.compare_with, request.columns) == (None, None, False)
    assert [row.conversation for row in request.rows()] == list(request.conversations)


def test_every_field() -> None:
    shape = {
        "micro_batch_size": 2,
        "gradient_accumulation_steps": 3,
        "ranks": 4,
        "packing": "bfd",
        "packing_length": 512,
        "padding_free": True,
    }
    request = read(
        conversations=[TALK, TALK["messages"]],
        tokenizer="local:x",
        strategy="full",
        reduction="sum",
        compare_with={"name": "weighted-mean", "options": {"over": "step"}},
        columns=True,
        batch=shape,
        today="2026-11-23",
    )
    assert request.shape == BatchShape(2, 3, 4, "bfd", 512, True)
    assert request.compare_with is not None
    assert request.compare_with.options == {"over": "step"}
    assert (request.base.tokenizer, request.base.strategy.name) == ("local:x", "full")
    assert (len(request.conversations), request.columns) == (2, True)


def test_nulls_are_the_defaults() -> None:
    assert read(batch={"micro_batch_size": None, "packing": None}, compare_with=None, columns=None) == read()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"conversations": []}, "at least one"),
        ({"conversations": None}, "at least one"),
        ({"conversations": TALK}, "at least one"),
        ({"conversation": TALK}, "no field 'conversation'"),
        ({"losses": {"endpoint": True}}, "no field 'losses'"),
        ({"columns": 1}, "`columns`"),
        ({"batch": []}, "`batch` is an object"),
        ({"batch": {"size": 8}}, "no field 'size'"),
        ({"batch": {"micro_batch_size": 0}}, "micro_batch_size"),
        ({"batch": {"micro_batch_size": True}}, "micro_batch_size"),
        ({"batch": {"micro_batch_size": 1.5}}, "micro_batch_size"),
        ({"batch": {"ranks": "2"}}, "ranks"),
        ({"batch": {"gradient_accumulation_steps": 10**9}}, "gradient_accumulation_steps"),
        ({"batch": {"packing": "ffd"}}, "bfd_split"),
        ({"batch": {"packing": ["bfd"]}}, "bfd_split"),
        ({"batch": {"packing_length": -1}}, "packing_length"),
        ({"batch": {"padding_free": "yes"}}, "padding_free"),
        ({"reduction": 3}, "reduction"),
        ({"compare_with": [1]}, "compare_with"),
    ],
)
def test_what_cannot_be_read_is_named(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said) as caught:
        read(**fields)
    assert caught.value.code == "bad-request"


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_a_request_is_an_object(value: object) -> None:
    with pytest.raises(OptionError, match="JSON object"):
        BatchRequest.from_json(value)


def test_a_conversation_at_fault_is_named_by_its_place() -> None:
    with pytest.raises(ConversationError, match="Conversation 2: Message 0 has no `role`"):
        read(conversations=[TALK, {"messages": [{"content": "hi"}]}])


def test_the_other_reduction_is_another_one() -> None:
    assert compared_with("token-mean").name == "micro-batch-mean"
    assert compared_with("sum").name == "token-mean"


def test_packing_without_gaps_is_not_padded() -> None:
    assert BatchShape().is_padded
    assert BatchShape(packing="wrapped").is_padded
    assert not BatchShape(packing="bfd").is_padded
    assert not BatchShape(padding_free=True).is_padded
