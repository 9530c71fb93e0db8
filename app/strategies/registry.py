"""Every masking rule by name, in the order in which they are offered."""

from __future__ import annotations

from ..errors import OptionError
from . import (
    assistant_turns,
    axolotl,
    full,
    generation_tags,
    hf_causal_lm_collator,
    llama_factory,
    megatron_bridge,
    ms_swift,
    nemo_rl,
    open_instruct,
    openai_weights,
    prime_rl,
    tinker,
    torchtune,
    trl_assistant_only,
    trl_completion_only,
    trl_full,
    trl_response_template,
    unsloth_responses_only,
    verl,
)
from .base import Strategy

STRATEGIES: dict[str, Strategy] = {
    module.STRATEGY.name: module.STRATEGY
    for module in (
        assistant_turns,
        generation_tags,
        full,
        hf_causal_lm_collator,
        trl_full,
        trl_assistant_only,
        trl_completion_only,
        trl_response_template,
        axolotl,
        unsloth_responses_only,
        open_instruct,
        megatron_bridge,
        openai_weights,
        verl,
        nemo_rl,
        llama_factory,
        ms_swift,
        prime_rl,
        tinker,
        torchtune,
    )
}


def strategy(name: str) -> Strategy:
    """The masking rule of that name.

    Raises:
        OptionError: `unknown-strategy`, naming those there are.
    """
    if name not in STRATEGIES:
        known = ", ".join(STRATEGIES)
        raise OptionError(f"There is no strategy {name!r}; known: {known}.", code="unknown-strategy")
    return STRATEGIES[name]
