"""TRL full: a row of `messages` under `SFTTrainer`'s defaults, every token trained.

Rule: the conversation is rendered and tokenized once, no special token added; the labels are
the ids, template text and BOS included. Source, and what is covered: see `trl_sft`.
"""

from __future__ import annotations

from .base import Strategy
from .trl_sft import SOURCE, VERSION, language_modelling, sft_options
from .trl_training import KNOWN_DIFFERENCES, training_template

STRATEGY = Strategy(
    name="trl-full",
    title="TRL, whole conversation",
    meaning="Trains every token of `messages`, which is what SFTTrainer does by default.",
    framework="trl",
    version=VERSION,
    source=SOURCE,
    options=sft_options(),
    examples=language_modelling,
    config_kind="python",
    known_differences=KNOWN_DIFFERENCES,
    chat_template=training_template,
)
