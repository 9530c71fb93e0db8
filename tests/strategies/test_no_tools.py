"""An empty list of tools is none to the frameworks that say so, and to no other."""

from __future__ import annotations

import pytest

from tests.labels import analysed

ASKS = (
    "{{ 'list' if tools is not none else 'none' }}{% for m in messages %}{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '' }}{% endif %}"
)


@pytest.mark.parametrize(
    ("strategy", "expected"), [("open-instruct", "none"), ("megatron-bridge", "none"), ("full", "list")]
)
def test_an_empty_list(strategy: str, expected: str) -> None:
    messages = ({"role": "assistant", "content": " hello"},)
    analysis = analysed(messages, strategy=strategy, chat_template=ASKS, tools=[])
    assert analysis.examples[0].example.rendering.text.startswith(expected)


def test_tools_that_there_are_stay() -> None:
    messages = ({"role": "assistant", "content": " hello"},)
    analysis = analysed(messages, strategy="open-instruct", chat_template=ASKS, tools=[{"name": "x"}])
    assert analysis.examples[0].example.rendering.text.startswith("list")
