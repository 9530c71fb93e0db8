"""A row of scores laid onto an example's tokens, as columns of its length."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..core.example import Example
from ..core.losses import Likely, Losses, targets
from ..core.parsing.scored import Entry, Scored

LIKELIEST = 5


def unknown(example: Example, source: str) -> Losses:
    """Losses of an example of which nothing is known."""
    return Losses(source, np.full(len(example.tokens), np.nan))


def laid_out(example: Example, row: Scored, at: int, source: str) -> Losses:
    """The row's values from position `at` on; elsewhere, and at position 0, nothing is known.

    A value is of the example's target, which is not always the input token: where it is not, it is
    known only if the server told of it.
    """
    count = len(example.tokens)
    cross_entropy, ranks = np.full(count, np.nan), np.full(count, -1, dtype=np.int32)
    likeliest: list[tuple[Likely, ...]] = [()] * count
    pieces, wanted, ids = _pieces(example), targets(example).tolist(), example.tokens.ids.tolist()
    for index in range(max(0, 1 - at), len(row)):
        position, found = at + index, row.entries[index] if row.entries else {}
        cross_entropy[position] = _loss(row, index, wanted[position], ids[position])
        ranks[position] = _rank(found.get(wanted[position]))
        likeliest[position] = _likeliest(found, pieces)
    if not row.entries:
        return Losses(source, cross_entropy)
    return Losses(source, cross_entropy, ranks, tuple(likeliest))


def _loss(row: Scored, index: int, target: int, token: int) -> float:
    if row.entries:
        entry = row.entries[index].get(target)
        return np.nan if entry is None else entry.loss
    about_target = row.form == "numbers" or target == token
    return float(row.losses[index]) if about_target else np.nan


def _rank(entry: Entry | None) -> int:
    return -1 if entry is None or entry.rank is None else entry.rank - 1


def _likeliest(found: Mapping[int, Entry], pieces: Mapping[int, str]) -> tuple[Likely, ...]:
    """The five likeliest. A token without a rank is only known to be the row's own, not to be likely."""
    ranked = sorted(
        (entry.rank, token, entry)
        for token, entry in found.items()
        if entry.rank is not None and entry.rank <= LIKELIEST
    )
    return tuple(
        Likely(token, pieces.get(token, "") if entry.text is None else entry.text, math.exp(entry.logprob))
        for _, token, entry in ranked[:LIKELIEST]
    )


def _pieces(example: Example) -> Mapping[int, str]:
    """Texts of the ids that occur in the example itself, for servers that give ids alone."""
    text, tokens = example.rendering.text, example.tokens
    spans = zip(tokens.ids.tolist(), tokens.offsets.tolist(), tokens.pieces, strict=True)
    return {token: text[start:end] or piece for token, (start, end), piece in spans}
