"""TRL completion only: a row of `prompt` and `completion`, of which the completion is trained.

Rule: the prompt with its generation prompt and the whole row are tokenized apart; the
completion begins where the two sequences of ids first differ, or where the prompt ends. With
`assistant_only_loss` a token needs both masks.
Source, and what is covered: see `trl_sft`. A conversation is split here before its last
message, which has to be the assistant's; TRL takes any split, with several messages after it.
"""

from __future__ import annotations

from .base import Strategy
from .trl_sft import SOURCE, VERSION, prompt_completion, sft_options
from .trl_training import KNOWN_DIFFERENCES, training_template

STRATEGY = Strategy(
    name="trl-completion-only",
    title="TRL, prompt and completion",
    meaning="Trains the last message, from where the row's tokens differ from the prompt's.",
    framework="trl",
    version=VERSION,
    source=SOURCE,
    options=sft_options(),
    examples=prompt_completion,
    config_kind="python",
    known_differences=(
        "The completion is always the last message; TRL's rows may hold several messages in it.",
        *KNOWN_DIFFERENCES,
    ),
    chat_template=training_template,
)
