"""Pasted texts and rows of every format: read into what can be written again, or refused with a place."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lossmask.core.batch.request import BatchRequest
from lossmask.core.comparison_request import ComparisonRequest
from lossmask.core.conversation import Conversation
from lossmask.core.parsing import Format, parse
from lossmask.core.request import AnalysisRequest
from lossmask.core.request_text import BadJson, read_json, read_request
from lossmask.core.restore import restored
from lossmask.core.state.fragment import read_link
from lossmask.errors import ConversationError, LinkError, LossmaskError

from tests.fuzz import shapes
from tests.fuzz.amount import examples
from tests.fuzz.pastes import Corpus, outcome_of

FORMATS: list[Format | None] = [None, *get_args(Format)]

texts = shapes.texts
turns = st.lists(
    st.tuples(st.sampled_from(("human", "gpt", "system", "tool")), texts), min_size=1, max_size=4
)
rows = st.one_of(
    shapes.conversations,
    turns.map(lambda said: {"conversations": [{"from": who, "value": text} for who, text in said]}),
    st.fixed_dictionaries(
        {"instruction": texts, "output": texts},
        optional={"input": texts, "system": texts, "history": shapes.values},
    ),
    st.fixed_dictionaries({"prompt": texts, "completion": texts}),
    st.dictionaries(
        st.sampled_from(
            ("messages", "conversations", "instruction", "output", "prompt", "completion", "text")
        ),
        shapes.values,
        max_size=3,
    ),
    shapes.values,
)


@settings(max_examples=examples(300, 50_000))
@given(rows, st.sampled_from(FORMATS), st.sampled_from((None, 1)), st.booleans())
def test_a_row_is_read_or_refused(
    row: Any, format: Format | None, indent: int | None, ascii_only: bool
) -> None:
    pasted = json.dumps(row, ensure_ascii=ascii_only, indent=indent)
    outcome_of(pasted, format, 0)


@settings(max_examples=examples(200, 50_000))
@given(st.text(), st.sampled_from(FORMATS), st.integers(0, 2))
def test_any_text_is_read_or_refused(text: str, format: Format | None, row: int) -> None:
    outcome_of(text, format, row)


@settings(max_examples=examples(200, 50_000))
@given(shapes.conversations)
def test_messages_are_read_as_they_are_written(written: dict[str, Any]) -> None:
    conversation = Conversation.from_json(written)
    assert Conversation.from_json(json.loads(json.dumps(conversation.as_json()))) == conversation
    plain = [{"role": one["role"], "content": one["content"] or ""} for one in written["messages"]]
    assert list(parse(json.dumps(plain), format="messages").conversation.messages) == plain


def refused_or_read(read: Any, value: Any) -> None:
    with suppress(LossmaskError):
        read(value)


@pytest.mark.parametrize(
    "read", [AnalysisRequest.from_json, BatchRequest.from_json, ComparisonRequest.from_json]
)
@settings(max_examples=examples(150, 20_000))
@given(
    value=shapes.values
    | shapes.requests
    | st.dictionaries(
        st.sampled_from(("conversation", "conversations", "strategy", "a", "b", "batch", "today", "losses")),
        shapes.values | shapes.conversations | shapes.requests,
    )
)
def test_requests_of_any_form(read: Any, value: Any) -> None:
    refused_or_read(read, value)


@settings(max_examples=examples(150, 20_000))
@given(shapes.requests)
def test_a_request_is_the_same_from_its_text(asked: dict[str, Any]) -> None:
    assert read_request(shapes.body(asked).decode()) == AnalysisRequest.from_json(asked)


@settings(max_examples=examples(150, 20_000))
@given(st.text() | shapes.values.map(json.dumps))
def test_json_is_read_as_the_standard_library_does(text: str) -> None:
    try:
        found = read_json(text)
    except BadJson:
        return
    assert found == json.loads(text)


@settings(max_examples=examples(150, 20_000))
@given(
    st.text()
    | st.binary().map(lambda raw: f"#v1.{raw.hex()}")
    | st.from_regex(r"#v[0-9]{1,2}\.[A-Za-z0-9_-]{0,60}")
)
def test_any_link_is_read_or_refused(text: str) -> None:
    with pytest.raises(LinkError) as caught:
        read_link(text)
    assert caught.value.detail.endswith(".")


@settings(max_examples=examples(100, 20_000))
@given(shapes.values)
def test_what_is_no_analysis_is_refused(value: Any) -> None:
    with pytest.raises(ConversationError):
        restored(value)


def test_a_mutated_corpus_is_read_or_refused() -> None:
    """The short form of `python -m tests.fuzz.pastes`."""
    corpus = Corpus(seed=8)
    outcomes = [outcome_of(*corpus.next()) for _ in range(examples(4_000, 100_000))]
    assert {"read", "bad-conversation"} <= set(outcomes)
