"""What several rules hand out to be copied."""

from __future__ import annotations

import json
from dataclasses import replace

from lossmask.findings.mends import broken_up, ended_reply, is_stock, marked_reply, strategy_line

from tests.findings.fixes import applied
from tests.findings.subjects import subject_for

PLAIN = {"conversation": [{"role": "user", "content": "say <|end|>"}, {"role": "assistant", "content": "no"}]}


def test_a_reply_is_ended_by_what_the_template_writes_after_it() -> None:
    subject = subject_for({**PLAIN, "chat_template": "bundled:gemma"})
    assert ended_reply(subject) == "{{ message.content + '<end_of_turn>' }}"
    assert marked_reply(subject).startswith("{% generation %}{{ message.content + '<end_of_turn>' }}")


def test_a_rule_is_chosen_with_its_options() -> None:
    line = strategy_line("axolotl", train_on_eos="all")
    assert json.loads(f"{{{line}}}") == {
        "strategy": {"name": "axolotl", "options": {"train_on_eos": "all"}},
    }


def test_a_marker_is_broken_up_in_every_message() -> None:
    changed = applied(broken_up("<|end|>"), PLAIN)
    assert changed is not None
    assert changed["conversation"][0]["content"] == "say < |end|>"
    assert PLAIN["conversation"][0]["content"] == "say <|end|>"


def test_a_template_that_the_tokenizer_brings_is_stock() -> None:
    subject = subject_for(PLAIN)
    for name, stock in (("own", True), ("named:tool_use", True), ("bundled:gemma", False), ("pasted", False)):
        assert is_stock(replace(subject, template=replace(subject.template, name=name))) is stock
