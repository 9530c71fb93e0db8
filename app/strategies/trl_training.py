"""TRL's training templates: stock chat templates with generation blocks, and here and there other text.

Source: trl 1.16.0, `chat_template_utils.py`, `get_training_chat_template`. TRL knows a stock
template by its exact text and swaps it for a variant of its own. Here a stock template is known by
the SHA-256 of its text, and its variant is what some edits make of it. `trl_templates.json` holds
the edits of each family: `[from, to, *pieces]` replaces these characters of the stock template;
a piece is text, or `[from, to]` for a stretch of the stock template itself.
What the variants change beside the blocks: `qwen3` and later ones give every turn a thinking
block, `glm4moe` ends a turn with the next one's marker, `deepseekv3` takes arguments that are
no text.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from .base import Options

Edit: TypeAlias = list[Any]
"""From, to, and the pieces that come in between."""

KNOWN_DIFFERENCES: tuple[str, ...] = (
    "Text rows and their EOS, images, packing and padding-free batches are not covered.",
    "A template with named variants is taken as the one that was chosen; TRL looks at `default`.",
)


def training_template(source: str, options: Options) -> str:
    """The template that TRL renders with: with `assistant_only_loss`, its variant of one it knows."""
    if not options["assistant_only_loss"]:
        return source
    return marked_variant(source) or source


def marked_variant(source: str) -> str | None:
    """TRL's variant of a stock template; None where it is not, character for character, one it knows."""
    family = _families().get(hashlib.sha256(source.encode()).hexdigest())
    return None if family is None else edited(source, family)


def edited(source: str, edits: list[Edit]) -> str:
    """A text after ascending edits.

    >>> edited("abcdef", [[1, 3, "-", [1, 2], "-"]])
    'a-b-def'
    """
    pieces: list[str] = []
    done = 0
    for start, end, *middle in edits:
        pieces.append(source[done:start])
        pieces += (piece if isinstance(piece, str) else source[piece[0] : piece[1]] for piece in middle)
        done = end
    return "".join([*pieces, source[done:]])


@cache
def _families() -> dict[str, list[Edit]]:
    text = files(__package__).joinpath("trl_templates.json").read_text(encoding="utf-8")
    return {family["sha256"]: family["edits"] for family in json.loads(text).values()}
