"""Which token ends a turn for Axolotl, and which ends train."""

from __future__ import annotations

from tests.labels import trained_texts
from tests.strategies.axolotl import CHAT, END, FIRST, QUESTION, SECOND, STRICT, axolotl, reply, trained


def test_an_end_of_turn_that_is_not_eos() -> None:
    """The Gemma trap: by default only EOS ends a turn, and this template never writes it."""
    words = [FIRST[: -len(END)], SECOND[: -len(END)]]
    ends = [f"{text}<end_of_turn>" for text in words]
    assert trained(template="bundled:gemma") == words
    assert trained(options={"eot_tokens": ["<end_of_turn>"]}, template="bundled:gemma") == ends
    split = {"eot_tokens": ["<end_of_turn>"], "train_on_eot": "last"}
    assert trained(options=split, template="bundled:gemma") == [words[0], ends[1]]


def test_eot_tokens_that_the_template_does_not_write_are_left_out() -> None:
    assert trained(options={"eot_tokens": ["no such token at all"]}) == [FIRST, SECOND]


def test_eot_tokens_that_are_refused() -> None:
    several = axolotl(
        options={"eot_tokens": ["<|im_start|>assistant"]}, template=STRICT.replace("\n", "")
    ).outcome
    assert (several.kind, "has to be one" in str(several.reason)) == ("error", True)
    both = {"eot_tokens": [END, "<|im_start|>"], "train_on_eos": "turn", "train_on_eot": "all"}
    assert axolotl(options=both).outcome.kind == "error"


def test_the_end_counts_within_three_tokens() -> None:
    near = "{% for message in messages %}{{ message.content }}...<|im_end|>{% endfor %}"
    far = near.replace("...", "|a|b|c|d")
    assert trained(reply(content="so"), template=near)[-1].endswith(END)
    assert END not in "".join(trained(reply(content="so"), template=far))


def test_an_empty_turn_does_not_train_its_end() -> None:
    messages = (QUESTION, {"role": "assistant", "content": ""}, *CHAT)
    analysis = axolotl(messages)
    assert trained_texts(analysis) == [FIRST, SECOND]
    assert any(reason.rule == "axolotl-not-found" for reason in analysis.reason_table)


def test_an_unlocated_turn_finds_an_end_at_the_very_start() -> None:
    """Its words end before the row, so that an end among the first three tokens is within reach."""
    template = "<|im_end|>{% for message in messages %}{{ message.content }}<|im_start|>{% endfor %}"
    assert trained(reply(content=""), template=template) == [END]
    closing = template + "<|im_end|>"
    assert axolotl(reply(content=""), template=closing).outcome.kind == "dropped"
