"""Which stretches of two rows belong together: rows of ids, of lines, and tokens of two vocabularies.

Rows of numbers are aligned by edit distance, which rapidfuzz counts. Tokens of two vocabularies over
one text need no distance: they are cut where both have a boundary.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import chain, pairwise

import numpy as np
from rapidfuzz.distance import Levenshtein

from ..core.comparison import Stretch
from ..core.difference import Difference, differences
from ..core.example import Example
from ..core.provenance import IntArray

MOST_CELLS = 4_000_000_000
"""Product of two rows' lengths up to which they are aligned by distance, which takes a second; longer ones
are walked from one shared run to the next."""


def align_examples(a: Example, b: Example, *, same_vocabulary: bool) -> tuple[Stretch, ...]:
    """Tokens that are the same stand in pairs: of one id, or, in two vocabularies, of one text."""
    if same_vocabulary:
        return align(a.tokens.ids, b.tokens.ids)
    if a.rendering.text == b.rendering.text:
        return _by_boundaries(a, b)
    return align_keys(_texts(a), _texts(b))


def align_keys(a: Sequence[Hashable], b: Sequence[Hashable]) -> tuple[Stretch, ...]:
    """As `align`, for rows of anything: lines, texts.

    >>> align_keys(["x", "y"], ["x", "z"])
    (Stretch(a=(0, 1), b=(0, 1), same=True), Stretch(a=(1, 2), b=(1, 2), same=False))
    """
    numbers: dict[Hashable, int] = {}
    rows = [
        np.array([numbers.setdefault(key, len(numbers)) for key in row], dtype=np.int32) for row in (a, b)
    ]
    return align(rows[0], rows[1])


def align(a: IntArray, b: IntArray) -> tuple[Stretch, ...]:
    """Stretches that tile both rows, equal ones and those in place of each other by turns.

    >>> align([1, 2, 3, 9], [1, 2, 3])
    (Stretch(a=(0, 3), b=(0, 3), same=True), Stretch(a=(3, 4), b=(3, 3), same=False))
    """
    if len(a) == len(b) and np.array_equal(a, b):
        return _joined([Stretch((0, len(a)), (0, len(b)), True)])
    if len(a) * len(b) > MOST_CELLS:
        return _tiled(differences(a, b), len(a), len(b))
    codes = Levenshtein.opcodes(a.tolist(), b.tolist())
    return _joined(
        Stretch((code.src_start, code.src_end), (code.dest_start, code.dest_end), code.tag == "equal")
        for code in codes
    )


def _joined(stretches: Iterable[Stretch], *, finely: bool = False) -> tuple[Stretch, ...]:
    """Without empty ones, and neighbours of one kind as one; `finely` leaves those apart that differ."""
    found: list[Stretch] = []
    for row in stretches:
        if row.a[0] == row.a[1] and row.b[0] == row.b[1]:
            continue
        if found and found[-1].same == row.same and (row.same or not finely):
            row = Stretch((found[-1].a[0], row.a[1]), (found[-1].b[0], row.b[1]), row.same)
            found.pop()
        found.append(row)
    return tuple(found)


def _tiled(found: Sequence[Difference], length: int, other_length: int) -> tuple[Stretch, ...]:
    """The differences, and between them what is the same."""
    here = there = 0
    stretches: list[Stretch] = []
    end = Difference((length, length), (other_length, other_length))
    for stretch in (*found, end):
        stretches.append(Stretch((here, stretch.example[0]), (there, stretch.rendering[0]), True))
        stretches.append(Stretch(stretch.example, stretch.rendering, False))
        here, there = stretch.example[1], stretch.rendering[1]
    return _joined(stretches)


def _texts(example: Example) -> list[Hashable]:
    """Each token's characters; its vocabulary piece where it has none of its own."""
    text, pieces = example.rendering.text, example.tokens.pieces
    spans = zip(example.tokens.offsets.tolist(), pieces, strict=True)
    return [text[start:end] or ("", piece) for (start, end), piece in spans]


def _by_boundaries(a: Example, b: Example) -> tuple[Stretch, ...]:
    """Tokens of one text, cut wherever both vocabularies have a boundary."""
    mine, theirs = _boundaries(a), _boundaries(b)
    shared = sorted(mine.keys() & theirs.keys())
    cuts = chain.from_iterable(((mine[at][0], theirs[at][0]), (mine[at][1], theirs[at][1])) for at in shared)
    corners = [(0, 0), *cuts, (len(a.tokens), len(b.tokens))]
    stretches = (
        Stretch((a0, a1), (b0, b1), a1 - a0 == b1 - b0 == 1 and _covers(a, a0) and _covers(b, b0))
        for (a0, b0), (a1, b1) in pairwise(corners)
    )
    return _joined(stretches, finely=True)


def _covers(example: Example, token: int) -> bool:
    start, end = example.tokens.offsets[token].tolist()
    return bool(start < end)


def _boundaries(example: Example) -> dict[int, tuple[int, int]]:
    """Characters at which no token is open: the first and the last token that begins there or later."""
    offsets = example.tokens.offsets
    ends = np.maximum.accumulate(np.concatenate([[0], offsets[:, 1]]))
    starts = np.concatenate([offsets[:, 0], [len(example.rendering.text)]])
    # A token that covers no character begins wherever the one before it ends.
    empty = np.concatenate([offsets[:, 0] == offsets[:, 1], [False]])
    clean = np.flatnonzero(empty | (starts >= ends))
    found: dict[int, tuple[int, int]] = {}
    for at, token in zip(ends[clean].tolist(), clean.tolist(), strict=True):
        found[at] = (found.get(at, (token, token))[0], token)
    return found
