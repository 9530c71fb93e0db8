"""Spans inside a turn that train or do not for Axolotl: given by offsets, or by parts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.labels import PANCAKES
from tests.strategies.axolotl import CHAT, END, STRICT, axolotl, reply, spelt, trained

DETAIL = ("begin_offset", "end_offset", "train")


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ([(0, 6, True)], "to bake"),
        ([(8, 15, True)], None),
        ([(7, 15, True)], " pancake"),
        ([(0, 6, True), (7, 32, False)], "to bake"),
        ([(0, 6, False)], None),
    ],
)
def test_details_have_an_inclusive_end(details: list[tuple[int, int, bool]], expected: str | None) -> None:
    """A span that ends inside a token is widened to it, or does not reach it, by Axolotl's snapping."""
    messages = [dict(message) for message in PANCAKES]
    messages[1]["d"] = [
        {"begin_offset": begin, "end_offset": end, "train": train} for begin, end, train in details
    ]
    found = trained(messages, {"message_field_training_detail": "d"})
    assert found[-1] == END
    if expected is not None:
        assert found[0].startswith(expected)


def test_details_without_a_span_do_not_train() -> None:
    messages = [dict(message) for message in PANCAKES]
    messages[1]["d"] = []
    assert axolotl(messages, {"message_field_training_detail": "d"}).outcome.kind == "dropped"


@pytest.mark.parametrize(
    "details", ["x", [{"begin_offset": 0}], [3], [{"begin_offset": "a", "end_offset": 1, "train": 1}]]
)
def test_details_that_are_none(details: object) -> None:
    messages = [*CHAT[:1], CHAT[1] | {"d": details}]
    assert axolotl(messages, {"message_field_training_detail": "d"}).outcome.kind == "error"


def test_details_of_an_empty_text() -> None:
    messages = [*CHAT[:1], {"role": "assistant", "content": "", "d": [dict.fromkeys(DETAIL, 0)]}]
    template = STRICT.replace("message.content }}", "(message.content or 'none') }}")
    options = {"message_field_training_detail": "d", "message_field_training": "learn"}
    assert axolotl(messages, options, template=STRICT).outcome.kind == "dropped"
    assert axolotl(messages, options, template=template).outcome.kind == "error"


@pytest.mark.parametrize("flag", [{"train": False}, {"weight": 0}])
def test_a_part_that_does_not_train(flag: dict[str, Any]) -> None:
    parts = [
        {"type": "text", "text": "to bake"} | flag,
        {"type": "text", "text": " pancakes, one takes a pan"},
    ]
    [text] = trained(reply(content=parts), template=STRICT)
    assert text == f" pancakes, one takes a pan{END}"
    assert "to bake pancakes, one takes a pan" in spelt(axolotl(reply(content=parts), template=STRICT))


def test_parts_without_flags_are_one_text() -> None:
    parts = [{"type": "text", "text": "to bake"}, {"type": "text", "value": " pancakes"}]
    assert trained(reply(content=parts), template=STRICT) == [f"to bake pancakes{END}"]


def test_parts_of_the_thinking_that_do_not_train() -> None:
    thinking = [{"text": "secret"}, {"text": " plan", "train": False}]
    found = trained(reply(content="x", reasoning_content=thinking), template="bundled:chatml-thinking")
    assert found == ["secret", END]
