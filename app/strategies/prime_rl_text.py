"""What the renderers of prime-rl's have in common: texts of contents, arguments of calls, needed tokens.

Source: renderers 0.1.12, `qwen3.py`, `llama_3.py`.
"""

from __future__ import annotations

from typing import Any

from ..core.example import Refusal
from ..rendering.traced import Traced
from .context import Context
from .families.text import as_json, joined


def text_of(content: Any) -> Traced:
    """The text of a content; parts that are not text count nothing."""
    if isinstance(content, str):
        return joined([content])
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    return joined([text for text in texts if isinstance(text, str)])


def strict_text_of(content: Any) -> Traced:
    """The text of a content whose parts are all text.

    Raises:
        Refusal: `error`, where a part is none.
    """
    parts = content if isinstance(content, list) else []
    if not isinstance(content, str | list | None) or any(
        not isinstance(part.get("text") if isinstance(part, dict) else part, str) for part in parts
    ):
        raise Refusal("error", "The renderer llama-3 takes a content of text, and of parts that have a text.")
    return text_of(content)


def need(context: Context, renderer: str, tokens: tuple[str, ...]) -> None:
    """Refuse a tokenizer that lacks a token of the renderer's.

    Raises:
        Refusal: `error`, naming the token.
    """
    known = set(context.tokenizer.added_tokens.values())
    missing = [token for token in tokens if token not in known]
    if missing:
        raise Refusal(
            "error",
            f"The renderer {renderer} needs the token {missing[0]}, which {context.tokenizer.name} does not "
            "have.",
        )


def arguments_of(function: Any) -> str:
    """A tool call's arguments as text, JSON unless they are one already."""
    found = function.get("arguments", {})
    return found if isinstance(found, str) else as_json(found, function)


def name_of(function: Any) -> str:
    """The name of what a tool call calls.

    Raises:
        Refusal: `error`, where it is no text.
    """
    name = function.get("name", "")
    if not isinstance(name, str):
        raise Refusal("error", "The name of a tool call's function is a text.")
    return name
