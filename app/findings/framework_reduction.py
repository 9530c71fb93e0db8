"""LM711: how much a token weighs depends on what happens to share its micro-batch.

For one conversation it is a note, since its neighbours are not known; `batch_finding` gives the
warning with the numbers of a whole batch.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..core.analysis import Finding
from ..core.batch.notable import Uneven
from .base import Found, Rule
from .mends import request_line, strategy_line
from .subject import Subject
from .words import tokens

CODE = "LM711"
_MEAN_OF_MEANS = "micro-batch-mean"
_STEP_MEAN = "Divide the loss by the trained tokens of the whole optimizer step, as `token-mean` does."

_TOKEN_MEAN = request_line("reduction", {"name": "token-mean"})
_SETTINGS = {
    "megatron-bridge": f"calculate_per_token_loss: true\n{_TOKEN_MEAN}",
    "open-instruct": "packing: true\nThat evens out micro-batches; a framework that divides by the whole "
    f"step's tokens:\n{strategy_line('axolotl')}",
}
"""What a framework offers against it, or which one does."""


def find_reduction(subject: Subject) -> Iterator[Found]:
    """LM711."""
    reduction = subject.request.reduction or subject.strategy.reduction
    count = sum(int(row.example.used.sum()) for row in subject.examples)
    if reduction.name != _MEAN_OF_MEANS or not count:
        return
    yield Found(
        f"{_whose(subject)} `{_MEAN_OF_MEANS}`: the {tokens(count, 'trained token')} of this row, alone in a "
        f"micro-batch, would weigh {_each(count)}, ten times those of a row that trains {10 * count:,}, and "
        "the loss changes with the size of micro-batches and with gradient accumulation.",
        (),
        _fix(subject),
    )


def batch_finding(strategy: str, spread: Uneven | None, steps: int) -> Finding | None:
    """The warning for a batch whose chosen reduction weighs tokens of one step differently."""
    if spread is None or spread.reduction != _MEAN_OF_MEANS:
        return None
    return Finding(CODE, "warning", spread.sentence(steps), (), _SETTINGS.get(strategy, _STEP_MEAN))


def _whose(subject: Subject) -> str:
    if subject.request.reduction is not None:
        return "The reduction is"
    return f"{subject.strategy.framework} averages the loss by"


def _each(count: int) -> str:
    return "1" if count == 1 else f"1/{count:,} each"


def _fix(subject: Subject) -> str:
    if subject.request.reduction is not None:
        return _TOKEN_MEAN
    return _SETTINGS.get(subject.strategy.name, _STEP_MEAN)


_TALK = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hey"}]}

_REDUCTION = Rule(
    code=CODE,
    severity="note",
    title="A token's weight depends on its micro-batch",
    why="Each micro-batch's loss is averaged over its own trained tokens, and those means are averaged over "
    "accumulation steps and ranks. A token of a short reply then weighs many times one of a long reply, and "
    "the same data gives another loss with another batch size. Since 4.46 transformers divides by the "
    "trained tokens of the whole step, for models that take loss arguments.",
    find=find_reduction,
    failing={
        "conversation": _TALK,
        "chat_template": "bundled:chatml",
        "strategy": "assistant-turns",
        "reduction": {"name": _MEAN_OF_MEANS},
    },
    mended={"reduction": {"name": "token-mean"}},
    healthy={"conversation": _TALK, "chat_template": "bundled:chatml", "strategy": "assistant-turns"},
    sources=(
        "https://github.com/huggingface/trl/issues/2175",
        "https://github.com/huggingface/transformers/issues/37766",
        "https://github.com/hiyouga/LlamaFactory/issues/7443",
    ),
)

RULES = (_REDUCTION,)
