"""Loss contributions: the coefficient of each token's cross-entropy under a named reduction.

Pure arithmetic over labels and weights; with a model's losses, a contribution is the
coefficient times the cross-entropy (see `ExampleAnalysis`).
"""

from __future__ import annotations

from .base import Labelled, Reduction, ReductionInfo, ReductionOption, Weighed
from .registry import REDUCTIONS, reduction
from .step import Step
from .weigh import weigh, weigh_steps

__all__ = [
    "REDUCTIONS",
    "Labelled",
    "Reduction",
    "ReductionInfo",
    "ReductionOption",
    "Step",
    "Weighed",
    "reduction",
    "weigh",
    "weigh_steps",
]
