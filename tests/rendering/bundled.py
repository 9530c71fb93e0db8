"""Conversations and helpers for the tests of the bundled chat templates."""

from __future__ import annotations

import re
from typing import Any

from lossmask.rendering.library import bundled_template, bundled_templates
from transformers.utils.chat_template_utils import render_jinja_template

NAMES = [template.name for template in bundled_templates()]

SYSTEM = {"role": "system", "content": "Be brief."}
CHAT = [
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Hello!"},
    {"role": "user", "content": "Bye"},
    {"role": "assistant", "content": "See you."},
]


def render(name: str, messages: list[dict[str, Any]], **arguments: Any) -> str:
    texts, _ = render_jinja_template([messages], chat_template=bundled_template(name), **arguments)
    return undated(texts[0])


def marked(name: str, messages: list[dict[str, Any]], **arguments: Any) -> str:
    """The rendering, with brackets around what the `generation` marks enclose and its own brackets round."""
    texts, spans = render_jinja_template(
        [messages],
        chat_template=bundled_template(name),
        return_assistant_tokens_mask=True,
        **arguments,
    )
    text = rounded(texts[0])
    for start, end in reversed(spans[0]):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return undated(text)


def rounded(text: str) -> str:
    return text.replace("[", "(").replace("]", ")")


def undated(text: str) -> str:
    return re.sub(r"Current date: \d{4}-\d\d-\d\d\n", "Current date: TODAY\n", text)
