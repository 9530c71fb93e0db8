"""Every reduction by name, in the order in which they are offered."""

from __future__ import annotations

from ...errors import OptionError
from .base import Reduction
from .dft import DFT
from .micro_batch_mean import MICRO_BATCH_MEAN
from .sequence_mean import SEQUENCE_MEAN
from .sums import SUM
from .token_mean import TOKEN_MEAN
from .weighted_mean import WEIGHTED_MEAN

REDUCTIONS: dict[str, Reduction] = {
    reduction.name: reduction
    for reduction in (TOKEN_MEAN, MICRO_BATCH_MEAN, SEQUENCE_MEAN, SUM, WEIGHTED_MEAN, DFT)
}


def reduction(name: str) -> Reduction:
    """The reduction of that name.

    Raises:
        OptionError: `unknown-reduction`, naming those there are.
    """
    if name not in REDUCTIONS:
        known = ", ".join(REDUCTIONS)
        raise OptionError(f"There is no reduction {name!r}; known: {known}.", code="unknown-reduction")
    return REDUCTIONS[name]
