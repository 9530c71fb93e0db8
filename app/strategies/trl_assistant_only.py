"""TRL assistant only: a row of `messages` with `assistant_only_loss=True`.

Rule: tokens inside the template's generation blocks are trained, found as transformers finds
them. A template without blocks is swapped for TRL's marked variant of it, which may render
otherwise too; where TRL has none, or no token is marked, it raises.
Source, and what is covered: see `trl_sft` and `trl_training`.
"""

from __future__ import annotations

from .base import Strategy
from .trl_sft import SOURCE, VERSION, language_modelling, sft_options
from .trl_training import KNOWN_DIFFERENCES, training_template

STRATEGY = Strategy(
    name="trl-assistant-only",
    title="TRL, assistant_only_loss",
    meaning="Trains what the generation blocks of the template, or of TRL's variant of it, enclose.",
    framework="trl",
    version=VERSION,
    source=SOURCE,
    options=sft_options(assistant_only_loss=True),
    examples=language_modelling,
    config_kind="python",
    known_differences=KNOWN_DIFFERENCES,
    chat_template=training_template,
)
