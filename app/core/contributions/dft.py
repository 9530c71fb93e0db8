"""TRL's dynamic fine-tuning: each cross-entropy times the model's own probability of the token.

Source: TRL 1.16.0, `trainer/sft_trainer.py`, `loss_type: dft`: the probability is a constant there,
through which no gradient flows, and the divisor is that of the mean over the step.
"""

from __future__ import annotations

from .base import Reduction
from .token_mean import divisors

DFT = Reduction(
    name="dft",
    title="Dynamic fine-tuning (DFT)",
    meaning="As the mean over the step's tokens, each times the model's probability of the token, "
    "so that what the model finds unlikely teaches it less.",
    formula="p · w · CE ÷ N, with p the model's probability of the token, held constant, "
    "and N the used labels of the whole step",
    sources=("TRL 1.16.0, trl/trainer/sft_trainer.py, dft_loss",),
    divisors=divisors,
    scales_by_probability=True,
)
