"""A mean of means: each micro-batch's own mean, then the mean over accumulation steps and ranks.

Sources: transformers 5.23.0, `trainer.py` (`training_step` divides by the number of accumulation steps
where the model takes no loss arguments), as did every version before 4.46; open-instruct at commit
e6c3044a, `open_instruct/finetune.py`, where models return their own mean; Megatron-Bridge at commit
067f987d, `training/losses.py`, as long as `calculate_per_token_loss` is off, which is Megatron-Core's
default. Data-parallel gradients are averaged over ranks. A micro-batch without a used label is NaN in
PyTorch and nothing in Megatron; here it adds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from .base import Divisor, Labelled, Options, Reduction, used_count
from .step import Step


def divisors(rows: Sequence[Labelled], step: Step, options: Options) -> list[Divisor]:
    """The number of used labels of the row's own micro-batch, times accumulation steps and ranks."""
    found = [Divisor(0)] * len(rows)
    for micro_batch in step.micro_batches:
        count = sum(used_count(rows[row]) for row in micro_batch)
        for row in micro_batch:
            found[row] = Divisor(count, step.parts)
    return found


def note(rows: Sequence[Labelled], steps: Sequence[Step]) -> str | None:
    """What a mean of means makes of these rows."""
    empty = sum(
        not any(used_count(rows[row]) for row in micro_batch)
        for step in steps
        for micro_batch in step.micro_batches
    )
    if empty and len(rows) > 1:
        return f"Micro-batches without a trained token: {empty}. In PyTorch the mean of such a one is NaN."
    if len(rows) == 1:
        return "A token's weight depends on what shares its micro-batch; here the row is alone in it."
    return None


MICRO_BATCH_MEAN = Reduction(
    name="micro-batch-mean",
    title="Mean of micro-batch means",
    meaning="Each micro-batch weighs the same, so that a token weighs more the fewer are trained beside it.",
    formula="w · CE ÷ (n · G · R), with n the used labels of its micro-batch, "
    "G accumulation steps and R ranks",
    sources=(
        "open-instruct e6c3044a, open_instruct/finetune.py",
        "Megatron-Bridge 067f987d, src/megatron/bridge/training/losses.py",
        "transformers 5.23.0, trainer.py, for models that take no loss arguments",
    ),
    divisors=divisors,
    note=note,
)
