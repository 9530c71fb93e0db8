"""Text that remembers where it came from, and the marks in it."""

from __future__ import annotations

import re

from lossmask.core.conversation import Conversation
from lossmask.core.provenance import NO_MESSAGE, Origin
from lossmask.strategies.families.text import Scribe, as_json, filled, joined, slots, without

from tests.labels import PANCAKES

CONVERSATION = Conversation(PANCAKES)
FORMAT = Origin("variable", name="a format of its own")


def scribe() -> Scribe:
    return Scribe(CONVERSATION, "a format of its own")


def test_text_without_a_trace_is_the_formats() -> None:
    writer = scribe()
    text = joined([writer.own("<u>", 0), writer.messages[0]["content"][5:], "<e>"])
    rendering = writer.rendering(text, 0)
    assert rendering.text == f"<u>{PANCAKES[0]['content'][5:]}<e>"
    assert [rendering.origins[row] for row in rendering.origin_ids] == [
        FORMAT,
        Origin("message", message=0, field="content", start=5),
        FORMAT,
    ]
    assert rendering.run_messages.tolist() == [0, 0, 0]


def test_text_in_no_turn() -> None:
    rendering = scribe().rendering("<begin>")
    assert rendering.run_messages.tolist() == [NO_MESSAGE]


def test_marks_of_the_form_are_tokens_and_those_of_a_message_are_not() -> None:
    found = slots("{bos}<u>", "hi {bos}", "<e>{eos}\n")
    assert [(str(slot.text), slot.special) for slot in found] == [
        ("", "bos_token"),
        ("<u>hi {bos}<e>", None),
        ("", "eos_token"),
        ("\n", None),
    ]


def test_values_are_filled_in_once() -> None:
    text = filled("Q: {{query}} {{query}}", query="{{query}}?")
    assert text == "Q: {{query}}? {{query}}"


def test_cutting_out_a_pattern_keeps_what_is_left_traced() -> None:
    writer = scribe()
    content = writer.messages[1]["content"]
    rendering = writer.rendering(without(re.compile("to bake "), content), 1)
    assert rendering.text == "pancakes, one takes a pan"
    assert rendering.origins[0].start == len("to bake ")


def test_json_is_derived_from_what_it_was_made_of() -> None:
    writer = scribe()
    rendering = writer.rendering(as_json({"say": writer.messages[0]["content"]}), 0)
    [origin] = rendering.origins
    assert (origin.kind, origin.message, origin.field) == ("derived", 0, "content")
