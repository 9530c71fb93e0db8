"""What a model says about each token of an example: its loss, and what it would have said instead.

Position t is predicted from t - 1. The target is the label where there is one and the input id
where the token is masked, so that "what would be learned if this were trained" is known too.
Where nothing is known (always at position 0), a loss is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .example import MASKED, Example, FloatArray
from .provenance import IntArray


class Likely(NamedTuple):
    """One of the tokens that the model finds likeliest at a position."""

    id: int
    piece: str
    probability: float


@dataclass(frozen=True, slots=True)
class Losses:
    """One example's losses in nats, as columns of its length n. `source` says where they come from.

    `likeliest` holds up to five tokens a position, likeliest first, empty where unknown.
    """

    source: str
    cross_entropy: FloatArray
    """(n,) -log probability of the target, NaN where unknown."""
    ranks: IntArray | None = None
    """(n,) how many tokens the model finds likelier than the target; -1 where unknown."""
    likeliest: tuple[tuple[Likely, ...], ...] | None = None

    @property
    def probabilities(self) -> FloatArray:
        """(n,) of the target, NaN where unknown."""
        found: FloatArray = np.exp(-self.cross_entropy)
        return found

    def as_json(self) -> dict[str, Any]:
        """Columns of the answer; what is unknown is null."""
        return {
            "source": self.source,
            "cross_entropy": known(self.cross_entropy),
            "probabilities": known(self.probabilities),
            "ranks": None if self.ranks is None else [None if r < 0 else r for r in self.ranks.tolist()],
            "likeliest": None
            if self.likeliest is None
            else [[token._asdict() for token in tokens] for tokens in self.likeliest],
        }


def targets(example: Example) -> IntArray:
    """(n,) the id that each position's loss is about: its label, or the input id where it is masked."""
    found: IntArray = np.where(example.labels == MASKED, example.tokens.ids, example.labels)
    return found


def known(column: FloatArray) -> list[float | None]:
    """A column as JSON writes it: NaN, which it has no word for, is null."""
    if not np.isnan(column).any():
        found: list[float | None] = column.tolist()
        return found
    return [None if np.isnan(value) else value for value in column.tolist()]
