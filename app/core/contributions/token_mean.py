"""One mean over the whole optimizer step: every used label counts once, wherever its row stands.

Sources: transformers 5.23.0, `trainer.py` (`_get_num_items_in_batch`, which counts `labels[..., 1:]`
over accumulation steps and, with `average_tokens_across_devices`, over ranks) and
`loss/loss_utils.py` (`fixed_cross_entropy`), on which TRL, Axolotl and Unsloth build; verl at commit
1dda039b, `workers/utils/losses.py` (`sft_loss`); NeMo-RL at commit 7ea279ab,
`algorithms/loss/loss_functions.py` (`NLLLossFn`); ms-swift at commit 3602360a, `loss/causal_lm.py` and
`trainers/seq2seq_trainer.py`, whose weights stand in the numerator only; torchtune at commit bd2a0fc7,
`recipes/full_finetune_single_device.py` (`train`, which undoes the loss's own mean) and
`datasets/_sft.py`, which shifts the labels before they are counted; prime-rl at commit 559b4477,
`trainer/sft/train.py` (`compute_loss` sums, the step's count over all ranks divides).
Not covered: transformers without `average_tokens_across_devices`, which counts each rank alone;
torchtune's `optimizer_in_bwd`, which takes each micro-batch's mean.
"""

from __future__ import annotations

from collections.abc import Sequence

from .base import Divisor, Labelled, Options, Reduction, used_count
from .step import Step


def divisors(rows: Sequence[Labelled], step: Step, options: Options) -> list[Divisor]:
    """The number of used labels of the step, for every row."""
    count = sum(used_count(rows[row]) for row in step.rows)
    return [Divisor(count)] * len(rows)


TOKEN_MEAN = Reduction(
    name="token-mean",
    title="Mean over the step's tokens",
    meaning="Every trained token of the optimizer step weighs the same, however rows are batched.",
    formula="w · CE ÷ N, with N the used labels of the whole step, over accumulation steps and ranks",
    sources=(
        "transformers 5.23.0, trainer.py and loss/loss_utils.py",
        "verl 1dda039b, verl/workers/utils/losses.py",
        "NeMo-RL 7ea279ab, nemo_rl/algorithms/loss/loss_functions.py",
        "ms-swift 3602360a, swift/loss/causal_lm.py",
        "torchtune bd2a0fc7, recipes/full_finetune_single_device.py",
        "prime-rl 559b4477, src/prime_rl/trainer/sft/train.py",
    ),
    divisors=divisors,
)
