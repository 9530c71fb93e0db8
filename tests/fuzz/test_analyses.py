"""Any conversation under any rule: an analysis whose columns fit together, or an error with a sentence."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import example as such_as
from hypothesis import given, settings
from lossmask.core.analysis import Analysis, ExampleAnalysis
from lossmask.core.conversation import Conversation
from lossmask.core.digest import digest
from lossmask.core.files.body import state_of_request
from lossmask.core.provenance import Origin, Rendering
from lossmask.core.request import AnalysisRequest
from lossmask.core.restore import restored
from lossmask.core.state.fragment import fragment_of, read_fragment
from lossmask.engine.analyse import analyse
from lossmask.errors import LossmaskError

from tests.fuzz import shapes
from tests.fuzz.amount import examples


def analysed(asked: dict[str, Any]) -> tuple[AnalysisRequest, Analysis] | None:
    """The request and its analysis; None where the user has something to mend."""
    request = AnalysisRequest.from_json(json.loads(shapes.body(asked)))
    try:
        return request, analyse(request)
    except LossmaskError:
        return None


def in_json(value: Any) -> Any:
    return json.loads(json.dumps(value, ensure_ascii=False, allow_nan=False))


CALLED = {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": {"a": None}}}]}
REWRITTEN = [{"role": "user", "content": [{"type": "text", "text": "hm"}]}, CALLED]
"""Axolotl leaves out the null, and so renders parts that it joined."""


@settings(max_examples=examples(60, 20_000))
@given(shapes.requests)
@such_as({"conversation": REWRITTEN, "strategy": {"name": "axolotl"}})
def test_columns_and_characters(asked: dict[str, Any]) -> None:
    """Columns are of one length, spans lie in the text, every character has one origin, and it is true."""
    found = analysed(asked)
    if found is None:
        return
    request, analysis = found
    for example in analysis.examples:
        check_columns(example)
        check_runs(example.example.rendering)
        check_origins(example.example.rendering, request.conversation)


@settings(max_examples=examples(30, 10_000))
@given(shapes.requests)
def test_an_analysis_comes_back_from_its_json(asked: dict[str, Any]) -> None:
    found = analysed(asked)
    if found is None:
        return
    written = in_json(found[1].as_json())
    again = restored(written)
    assert in_json(again.as_json()) == written
    assert digest(again) == digest(found[1])


@settings(max_examples=examples(30, 10_000))
@given(shapes.requests)
def test_a_link_makes_the_same_request_again(asked: dict[str, Any]) -> None:
    found = analysed(asked)
    if found is None:
        return
    request, analysis = found
    state = state_of_request(request, analysis)
    again = read_fragment(fragment_of(state))
    assert in_json(again.as_json()) == in_json(state.as_json())
    assert again.request() == state.request()
    assert again.request().conversation == request.conversation


def check_columns(example: ExampleAnalysis) -> None:
    row = example.example
    count = len(row.tokens.ids)
    columns = (
        row.labels,
        row.weights,
        row.tokens.offsets,
        example.messages,
        example.parts,
        example.coefficients,
    )
    assert [len(column) for column in columns] == [count] * len(columns)
    length = len(row.rendering.text)
    assert all(0 <= start <= end <= length for start, end in row.tokens.offsets.tolist())
    assert np.isfinite(row.weights).all()


def check_runs(rendering: Rendering) -> None:
    """Runs tile the text: joined, they are it."""
    runs = rendering.runs()
    assert "".join(rendering.text[start:end] for start, end, _ in runs) == rendering.text
    assert all(start < end for start, end, _ in runs)
    assert all(before[1] == after[0] for before, after in pairwise(runs))
    assert all(0 <= origin < len(rendering.origins) for _, _, origin in runs)


def check_origins(rendering: Rendering, conversation: Conversation) -> None:
    """What is said to be a message's characters are these."""
    for start, end, which in rendering.runs():
        origin = rendering.origins[which]
        if origin.kind == "message":
            text = field_of(conversation, origin)
            first = origin.start or 0
            assert text[first : first + end - start] == rendering.text[start:end]


def field_of(conversation: Conversation, origin: Origin) -> str:
    """The text that an origin names."""
    assert origin.message is not None
    value: Any = conversation.messages[origin.message][origin.field]
    for key in origin.path:
        value = value[key]
    assert isinstance(value, str)
    return value
