"""The coefficient of each token's cross-entropy in the reported loss, under a named reduction.

`token-mean`: every used label weighs the same, 1/N with N the number of used labels, as in
transformers' causal-LM loss (5.23, `loss/loss_utils.py`) for one row in one step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from ..errors import OptionError
from .example import Example, FloatArray

Reduction: TypeAlias = Callable[[Sequence[Example]], list[FloatArray]]


def token_mean(examples: Sequence[Example]) -> list[FloatArray]:
    """Weighted labels over the number of used labels of the whole step.

    >>> token_mean([example with labels [-100, 5, 6]])
    [array([0. , 0.5, 0.5])]
    """
    used = [example.used for example in examples]
    count = sum(int(mask.sum()) for mask in used)
    if count == 0:
        return [np.zeros(len(mask)) for mask in used]
    return [example.weights * mask / count for example, mask in zip(examples, used, strict=True)]


REDUCTIONS: dict[str, Reduction] = {"token-mean": token_mean}


def contributions(name: str, examples: Sequence[Example]) -> list[FloatArray]:
    """One column of coefficients per example.

    Raises:
        OptionError: `unknown-reduction`.
    """
    if name not in REDUCTIONS:
        known = ", ".join(REDUCTIONS)
        raise OptionError(f"There is no reduction {name!r}; known: {known}.", code="unknown-reduction")
    return REDUCTIONS[name](examples)
