"""Enough of the shared tokens to find the first that differs, in one character for a block of them.

A digit stands for everything up to the end of its block: 6 bits of a hash over all ids and labels
so far. So from the first difference on digits disagree, each by a chance of 63 in 64, and the
first that does names the block. A block is one token while there are at most 256, else the least
power of two that keeps to 256 digits; powers, so that rows of different lengths can be compared at
the ends that both have. A conversation of 60 tokens pays 60 characters, a long one 256 at most.

Not covered: telling that nothing differs, which the digest does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..analysis import Analysis

MOST = 256
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

Hashes: TypeAlias = NDArray[np.uint32]


class Check(NamedTuple):
    """`tokens` of all examples together, in blocks of `every`, a digit for each block."""

    tokens: int
    every: int
    digits: str


class Stretch(NamedTuple):
    """Half-open positions over all examples, the first differing token among them."""

    start: int
    end: int


def check_of(analysis: Analysis) -> Check:
    """The check of an analysis's tokens."""
    column = _digits(analysis)
    return _check(column, _block(len(column)))


def first_difference(check: Check, analysis: Analysis) -> Stretch | None:
    """Where an analysis parts from what was checked; None where the check cannot tell.

    One of a single position is exact, by a chance of 63 in 64.
    """
    here = _digits(analysis)
    for block, digit in enumerate(check.digits):
        start, end = block * check.every, min((block + 1) * check.every, check.tokens)
        if end > len(here):
            return Stretch(start if check.every > 1 else len(here), len(here))
        if DIGITS[here[end - 1]] != digit:
            return Stretch(start, end)
    return Stretch(check.tokens, check.tokens + 1) if len(here) > check.tokens else None


def _check(column: NDArray[np.uint8], every: int) -> Check:
    ends = np.minimum(np.arange(every, len(column) + every, every), len(column)) - 1
    return Check(len(column), every, "".join(DIGITS[digit] for digit in column[ends].tolist()))


def _block(tokens: int) -> int:
    every = 1
    while tokens > MOST * every:
        every *= 2
    return every


def _digits(analysis: Analysis) -> NDArray[np.uint8]:
    """(n,) the digit of every token of all examples, each of what stands up to it."""
    rows = list(_tokens(analysis))
    if not rows:
        return np.zeros(0, dtype=np.uint8)
    tokens = np.concatenate(rows)
    places = np.arange(1, len(tokens) + 1, dtype=np.uint32) * np.uint32(0x9E3779B9)
    # Sums wrap around, so that one pass gives the hash of every beginning.
    sums = np.cumsum(_mixed(tokens ^ places), dtype=np.uint32)
    return (_mixed(sums) >> np.uint32(26)).astype(np.uint8)


def _tokens(analysis: Analysis) -> Iterable[Hashes]:
    for number, one in enumerate(analysis.examples):
        ids = one.example.tokens.ids.astype(np.uint32)
        labels = one.example.labels.astype(np.uint32)
        yield _mixed(ids ^ _mixed(labels + np.uint32(number + 1)))


def _mixed(column: Hashes) -> Hashes:
    """Every bit depends on every other afterwards: the finishing steps of MurmurHash3."""
    column = (column ^ (column >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    column = (column ^ (column >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return column ^ (column >> np.uint32(16))
