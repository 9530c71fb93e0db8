from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lossmask.core import origins
from lossmask.core.origins import true_origins
from lossmask.core.provenance import Origin, Rendering

PARTS = [{"type": "text", "text": "to bake, "}, {"type": "text", "text": "one waits"}]


def said(*runs: tuple[str, Origin]) -> Rendering:
    """A rendering that says so of its runs, all in the turn of message 0."""
    lengths = [len(text) for text, _ in runs]
    starts = np.cumsum([0, *lengths[:-1]]).astype(np.int32)
    ids = np.arange(len(runs), dtype=np.int32)
    text = "".join(text for text, _ in runs)
    return Rendering(text, tuple(origin for _, origin in runs), starts, ids, np.zeros_like(ids), ((0, 1),))


def of(field: str, start: int | None = 0, *path: int | str) -> Origin:
    return Origin("message", message=0, field=field, path=path, start=start)


def found(rendering: Rendering, message: dict[str, Any]) -> list[tuple[str, Origin]]:
    held = true_origins(rendering, [message])
    assert held.generation_spans == rendering.generation_spans
    assert held.run_messages.tolist() == [0] * len(held.starts)
    return [(held.text[start:end], held.origins[which]) for start, end, which in held.runs()]


def test_what_is_true_is_left_as_it_is() -> None:
    rendering = said(
        ("<a>", Origin("template", line=1)), ("bake", of("content", 3)), ("x", of("y", 0, "z", 0))
    )
    assert true_origins(rendering, [{"content": "to bake", "y": {"z": ["xy"]}}]) is rendering


def test_joined_parts_are_told_apart() -> None:
    rendering = said(("bake, one", of("content", 3)))
    assert found(rendering, {"content": PARTS}) == [
        ("bake, ", of("content", 3, 0, "text")),
        ("one", of("content", 0, 1, "text")),
    ]


def test_a_field_of_another_name_is_found() -> None:
    assert found(said(("hey", of("content"))), {"from": "gpt", "value": "hey"}) == [("hey", of("value"))]


def test_a_text_that_was_moved_is_found() -> None:
    rendering = said(("a pan", of("reasoning_content")), ("one waits", of("content")))
    assert found(rendering, {"content": "<think>a pan</think> one waits"}) == [
        ("a pan", of("content", 7)),
        ("one waits", of("content", 21)),
    ]


@pytest.mark.parametrize(
    ("text", "message", "field"),
    [
        ("aa", {"content": "b", "value": "aaa"}, "content"),
        ("aa", {"value": "aaa"}, "value"),
        ("gone", {"content": "kept"}, "content"),
        ("gone", {"value": "kept"}, "content"),
    ],
)
def test_what_is_nowhere_or_in_several_places_is_derived(
    text: str, message: dict[str, Any], field: str
) -> None:
    assert found(said((text, of("content"))), message) == [(text, Origin("derived", message=0, field=field))]


def test_many_runs_are_not_all_looked_for() -> None:
    held = origins._Held([{"content": "one two"}], searches=1)
    assert held.stretches(of("x"), "one") == [(3, of("content"))]
    assert held.stretches(of("x"), "two") == [(3, Origin("derived", message=0, field="x"))]


LETTERS = st.text("ab", max_size=4)
WORDS = st.text("ab", min_size=1, max_size=5)
VALUES = st.recursive(
    st.none() | st.integers() | LETTERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LETTERS | st.just("text"), inner, max_size=3),
    max_leaves=6,
)
PATHS = st.lists(st.integers(0, 2) | st.sampled_from(("text", "a")), max_size=2)


@given(
    st.dictionaries(st.sampled_from(("content", "value", "text")), VALUES, max_size=3),
    st.lists(
        st.tuples(st.text("ab", min_size=1, max_size=5), st.integers(0, 3), PATHS), min_size=1, max_size=4
    ),
)
def test_what_is_said_to_be_a_messages_characters_are_these(
    message: dict[str, Any], runs: list[tuple[str, int, list[int | str]]]
) -> None:
    rendering = said(*((text, of("content", start, *path)) for text, start, path in runs))
    rows = found(rendering, message)
    assert "".join(text for text, _ in rows) == rendering.text
    for text, origin in rows:
        if origin.kind == "message":
            value: Any = message[str(origin.field)]
            for key in origin.path:
                value = value[key]
            assert value[origin.start : (origin.start or 0) + len(text)] == text
