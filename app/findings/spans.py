"""Half-open spans out of a mask over tokens, or out of their positions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Every stretch in which the mask is true.

    >>> runs([False, True, True, False, True])
    [(1, 3), (4, 5)]
    """
    padded = np.concatenate([[False], mask, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def spans_of(tokens: NDArray[np.intp]) -> tuple[tuple[int, int], ...]:
    """Ascending positions as half-open stretches.

    >>> spans_of(np.array([3, 4, 7]))
    ((3, 5), (7, 8))
    """
    if not len(tokens):
        return ()
    edges = np.flatnonzero(np.diff(tokens) > 1) + 1
    return tuple((int(run[0]), int(run[-1]) + 1) for run in np.split(tokens, edges))
