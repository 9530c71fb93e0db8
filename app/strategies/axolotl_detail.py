"""Spans of characters inside a turn's text that train or do not: Axolotl's `training_detail`.

Source: axolotl 0.19.0, prompt_strategies/chat_template.py. Ends are inclusive:

    text       "Paris is big. Bordeaux is not."
    detail     [{"begin_offset": 0, "end_offset": 12, "train": true}]
    trains     "Paris is big."

The text is tokenized alone and its tokens are counted from where the turn's begin in the
row; where the row splits the text otherwise, the labels are off by as many tokens.
"""

from __future__ import annotations

from typing import Any

from ..core.example import Refusal
from ..tokenization.tokenizer import Tokenizer
from .sentinels import Span


def trained_tokens(text: str, details: object, tokenizer: Tokenizer) -> list[int]:
    """The positions, among the text's own tokens, that train.

    Raises:
        Refusal: `error`, where Axolotl raises.
    """
    starts = tokenizer.encode(text).offsets[:, 0].tolist()
    if not starts:
        raise Refusal("error", "A text with training details gives no token.")
    tokens = _inclusive(starts, len(text))
    spans = [_snapped(begin, end, tokens) for begin, end, trains in _read(details) if trains]
    return [
        place
        for place, (start, end) in enumerate(tokens)
        if any(span is not None and span[0] <= start and end <= span[1] for span in spans)
    ]


def _inclusive(starts: list[int], length: int) -> list[Span]:
    """Each token reaches to the character before the next."""
    return list(zip(starts, [start - 1 for start in [*starts[1:], length]], strict=True))


def _snapped(begin: int, end: int, tokens: list[Span]) -> Span | None:
    """A span moved to the edges of tokens, outwards where it would cut one of several characters in two."""
    first = next((place for place, (start, _) in enumerate(tokens) if start >= begin), len(tokens))
    if first > 0 and tokens[first - 1][1] > begin:
        first -= 1
    last = max((place for place, (_, stop) in enumerate(tokens) if stop <= end), default=-1)
    if last < len(tokens) - 1 and tokens[last + 1][0] < end:
        last += 1
    return (tokens[first][0], tokens[last][1]) if first <= last else None


def _read(details: object) -> list[tuple[int, int, bool]]:
    if not isinstance(details, list):
        raise Refusal("error", "Training details are a list of spans.")
    return [_read_one(detail) for detail in details]


def _read_one(detail: Any) -> tuple[int, int, bool]:
    try:
        begin, end, trains = detail["begin_offset"], detail["end_offset"], bool(detail["train"])
    except (KeyError, TypeError):
        raise Refusal(
            "error", "A training detail has `begin_offset`, `end_offset` and `train`; one of them is missing."
        ) from None
    if not all(isinstance(offset, int | float) for offset in (begin, end)):
        raise Refusal("error", "`begin_offset` and `end_offset` of a training detail are numbers.")
    return begin, end, trains
