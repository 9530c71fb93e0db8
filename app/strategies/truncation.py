"""Truncation that keeps the end of a row; `Example.truncated` keeps the start."""

from __future__ import annotations

from dataclasses import replace

from ..core.example import Example
from ..core.tokens import Tokens


def keep_end(example: Example, length: int | None) -> Example:
    """The last `length` tokens; all where it is None."""
    cut = 0 if length is None else max(len(example.tokens) - length, 0)
    if not cut:
        return example
    tokens = example.tokens
    kept = Tokens(tokens.ids[cut:], tokens.offsets[cut:], tokens.pieces[cut:], tokens.special[cut:])
    return replace(
        example,
        tokens=kept,
        labels=example.labels[cut:],
        weights=example.weights[cut:],
        reasons=example.reasons[cut:],
        cut_tokens=example.cut_tokens + cut,
    )
