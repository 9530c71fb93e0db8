"""Finds a run of token ids inside the ids of a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..core.provenance import IntArray


def find_all(ids: IntArray, marker: Sequence[int] | IntArray) -> NDArray[np.intp]:
    """Every position at which the marker begins, ascending; overlapping ones too.

    An empty marker begins nowhere.

    >>> find_all([5, 1, 1, 1, 6], [1, 1])
    [1, 2]
    """
    ids, marker = np.asarray(ids), np.asarray(marker)
    places = len(ids) - len(marker) + 1
    if not len(marker) or places <= 0:
        return np.empty(0, dtype=np.intp)
    found = np.flatnonzero(ids[:places] == marker[0])
    for offset in range(1, len(marker)):
        found = found[ids[found + offset] == marker[offset]]
    return found
