"""Short ways to ask what Axolotl's rule trains, and a template that refuses much."""

from __future__ import annotations

from typing import Any

from lossmask.core.analysis import Analysis

from tests.labels import PANCAKES, analysed, trained_texts

END = "<|im_end|>"
FIRST, SECOND = f"to bake pancakes, one takes a pan{END}", f"a while{END}"
QUESTION = {"role": "user", "content": "how long?"}
CHAT = (*PANCAKES, QUESTION, {"role": "assistant", "content": "a while"})
SYSTEM = {"role": "system", "content": "be brief"}
CALL = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Paris"}}}
STRICT = (
    "{% for message in messages %}"
    "{% if message.role not in ['user', 'assistant'] %}{{ raise_exception('bad role') }}{% endif %}"
    "<|im_start|>{{ message.role + '\n' + message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""Takes no system message, no other name for a role, no list of parts."""


def axolotl(
    messages: Any = CHAT, options: dict[str, Any] | None = None, template: str = "bundled:chatml", **more: Any
) -> Analysis:
    """The analysis by this rule."""
    return analysed(messages, strategy="axolotl", options=options, chat_template=template, **more)


def trained(*arguments: Any, **more: Any) -> list[str]:
    """The text of each stretch of tokens that it trains."""
    return trained_texts(axolotl(*arguments, **more))


def reply(**fields: Any) -> list[dict[str, Any]]:
    """A question and one reply."""
    return [QUESTION, {"role": "assistant", **fields}]


def spelt(analysis: Analysis) -> str:
    """The text of the row as the template wrote it."""
    return analysis.examples[0].example.rendering.text
