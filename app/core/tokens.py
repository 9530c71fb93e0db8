"""Tokens of a text as columns: ids, character offsets, vocabulary pieces, special or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .provenance import IntArray


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one text, as columns of one length n.

    Offsets are half-open character spans of the text. They are not always a partition:
    several tokens may share one span (the bytes of one character), some characters may
    belong to none (a dropped combining mark under NFC), and an added token is (0, 0).
    """

    ids: IntArray
    """(n,)"""
    offsets: IntArray
    """(n, 2)"""
    pieces: Sequence[str]
    """(n,) entries of the vocabulary, in its own spelling."""
    special: NDArray[np.bool_]
    """(n,) true for the control tokens that the tokenizer declares special."""

    def __len__(self) -> int:
        return len(self.ids)

    def head(self, length: int | None) -> Tokens:
        """The first `length` tokens; all where it is None."""
        if length is None or len(self) <= length:
            return self
        return self.part(slice(0, length))

    def part(self, kept: slice) -> Tokens:
        """A stretch of the tokens; offsets stay those of the whole text."""
        return Tokens(self.ids[kept], self.offsets[kept], self.pieces[kept], self.special[kept])

    def first_token_at(self, characters: IntArray) -> IntArray:
        """The first token covering each character, or -1; what `Encoding.char_to_token` gives.

        >>> Tokens(ids=[7, 8], offsets=[[0, 2], [3, 5]], ...).first_token_at([0, 2, 4])
        [0, -1, 1]
        """
        starts, ends = self.offsets[:, 0], self.offsets[:, 1]
        if not len(ends):
            return np.full(len(characters), -1, dtype=np.int32)
        if not (_ascends(starts) and _ascends(ends)):
            return np.array([self._scan(int(character)) for character in characters], dtype=np.int32)
        found = np.searchsorted(ends, characters, side="right")
        inside = found < len(ends)
        safe = np.where(inside, found, 0)
        covered = inside & (starts[safe] <= characters)
        return np.where(covered, safe, -1).astype(np.int32)

    def _scan(self, character: int) -> int:
        starts, ends = self.offsets[:, 0], self.offsets[:, 1]
        hits = np.flatnonzero((starts <= character) & (character < ends))
        return int(hits[0]) if len(hits) else -1


def _ascends(column: IntArray) -> bool:
    return bool((column[1:] >= column[:-1]).all())
