"""What a masking rule is meant to train, as its options stand; findings hold the mask against it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..strategies.assistant_turns import message_weight
from ..strategies.trl_sft import has_generation_blocks
from .subject import Subject, once

_WHOLE = ("full", "hf-causal-lm-collator")
_INPUTS = ("train_on_inputs", "train_on_input", "train_on_prompt")
_OTHERS = frozenset(
    {"user", "human", "system", "developer", "tool", "function", "observation", "ipython", "environment"}
)
_WEIGHED = ("assistant-turns", "openai-weights")


@once
def trains_replies_only(subject: Subject) -> bool:
    """Whether the rule, with these options, is meant to train what the assistant writes and nothing else."""
    name, options = subject.strategy.name, subject.options
    if name in _WHOLE or any(options.get(option) for option in _INPUTS):
        return False
    if name == "trl-completion-only":
        return options["completion_only_loss"] is not False or bool(options["assistant_only_loss"])
    if "assistant_only_loss" in options:
        return bool(options["assistant_only_loss"])
    if name == "megatron-bridge":
        return bool(options["answer_only_loss"])
    if options.get("only_unmask_final"):
        return False
    return _known(subject)


def _known(subject: Subject) -> bool:
    """What is left to tell by options that choose among everything and replies."""
    chosen = [
        str(subject.options.get(option, "")) for option in ("train_on_what", "masking_strategy", "loss_scale")
    ]
    return not any(
        "all_messages" in value or "all_tokens" in value or value in ("train_on_all", "all")
        for value in chosen
    )


def needs_marks(subject: Subject) -> bool:
    """Whether the rule reads `{% generation %}` blocks."""
    name = subject.strategy.name
    return name in ("generation-tags", "megatron-bridge") or bool(subject.options.get("assistant_only_loss"))


def has_marks(subject: Subject) -> bool:
    """Whether the template that was rendered with has such blocks."""
    return has_generation_blocks(subject.context.source)


def trains_header(subject: Subject) -> bool:
    """Whether the user asked for the header."""
    return bool(subject.options.get("header"))


def is_left_out(subject: Subject, message: int) -> bool:
    """Whether an option, a flag of the message, or the rule itself leaves this reply out on purpose."""
    said = subject.context.conversation.messages[message]
    return _is_flagged(subject, said) or (_is_last_only(subject) and message != _last_reply(subject))


def _is_flagged(subject: Subject, message: dict[str, Any]) -> bool:
    options, name = subject.options, subject.strategy.name
    fields = [options.get(f"message_field_training{tail}") for tail in ("", "_detail")]
    if any(field and message.get(field) is not None for field in fields):
        return True
    if name == "axolotl":
        roles = options["roles_to_train"] or []
        return "assistant" not in roles or isinstance(message.get("content"), list)
    if name == "assistant-turns" and options["turns"] != "weight":
        return False
    return any(message.get(flag) is not None and not message[flag] for flag in ("weight", "train", "loss"))


def _is_last_only(subject: Subject) -> bool:
    options = subject.options
    return (
        subject.strategy.name == "trl-completion-only"
        or (subject.strategy.name == "trl-response-template" and options["instruction_template"] is None)
        or options.get("turns") == "last"
        or any(options.get(option) for option in ("last_response_only", "only_unmask_final", "mask_history"))
        or any(
            str(options.get(option, "")).startswith("last")
            for option in ("transform_fn", "loss_scale", "train_on_what")
        )
        or options.get("masking_strategy") == "train_on_last"
    )


def _last_reply(subject: Subject) -> int:
    conversation = subject.context.conversation
    roles = [conversation.role(index) for index in range(len(conversation.messages))]
    return len(roles) - 1 - roles[::-1].index("assistant") if "assistant" in roles else -1


@once
def of_others(subject: Subject) -> NDArray[np.bool_]:
    """(n,) true where a token of the first example is in a turn that is not to be trained for its role."""
    assert subject.first is not None, "tokens need an example"
    conversation = subject.context.conversation
    chosen = subject.options.get("roles_to_train") or ()
    fields = [subject.options.get(f"message_field_training{tail}") for tail in ("", "_detail")]
    table = [
        conversation.role(index) in _OTHERS
        and conversation.role(index) not in chosen
        and not any(field and message.get(field) is not None for field in fields)
        for index, message in enumerate(conversation.messages)
    ]
    # The last row stands for no message, which indexes from the end.
    found: NDArray[np.bool_] = np.array([*table, False], dtype=np.bool_)[subject.first.messages]
    return found


def config_line(subject: Subject, name: str, value: Any) -> str | None:
    """The line of the framework's configuration that sets an option; None where there is none."""
    option = next((option for option in subject.strategy.options if option.name == name), None)
    if option is None or not option.config:
        return None
    return option.config_line(value, subject.strategy.config_kind) or None


def weights_of(subject: Subject) -> list[float]:
    """The weight of each assistant message, where the rule reads weights; else none."""
    conversation = subject.context.conversation
    if subject.strategy.name not in _WEIGHED or subject.options.get("turns", "weight") != "weight":
        return []
    return [
        message_weight(message)
        for index, message in enumerate(conversation.messages)
        if conversation.role(index) == "assistant"
    ]
