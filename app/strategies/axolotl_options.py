"""Axolotl's options, named as its YAML names them, and what `sequence_len` does to a row.

Source: axolotl 0.19.0, utils/schemas/datasets.py, utils/data/utils.py and utils/trainer.py.
`field_messages` and `field_tools` name columns of the dataset; what is shown here has been
read out of them already (Axolotl 0.19 itself always reads the tools from `tools`).
"""

from __future__ import annotations

from ..core.example import MASKED, Example, Refusal
from ..errors import OptionError
from .option import Option, Options

_WHICH = ("all", "turn", "last", "none")

OPTIONS = (
    Option(
        "roles_to_train",
        "list",
        ("assistant",),
        "The roles whose turns train.",
        config="roles_to_train: {value}",
        nullable=True,
    ),
    Option(
        "train_on_inputs",
        "flag",
        False,
        "Train the words of every turn, whatever its role.",
        config="train_on_inputs: {value}",
        nullable=True,
    ),
    Option(
        "train_on_eos",
        "choice",
        "turn",
        "Which EOS tokens train: of all turns, of trained turns, the last one, none.",
        _WHICH,
        config="train_on_eos: {value}",
        nullable=True,
    ),
    Option(
        "train_on_eot",
        "choice",
        None,
        "The same for `eot_tokens`; as `train_on_eos` where it is not set.",
        _WHICH,
        config="train_on_eot: {value}",
    ),
    Option(
        "eot_tokens",
        "list",
        None,
        "Tokens that end a turn; the EOS token where it is not set.",
        config="eot_tokens: {value}",
    ),
    Option(
        "message_field_training",
        "text",
        None,
        "The field of a message that says whether its turn trains.",
        config="message_field_training: {value}",
    ),
    Option(
        "message_field_training_detail",
        "text",
        None,
        "The field of a message that lists which of its characters train.",
        config="message_field_training_detail: {value}",
    ),
    Option(
        "message_property_mappings",
        "json",
        None,
        "From the template's names for the fields of a message to the dataset's.",
        config="message_property_mappings: {value}",
    ),
    Option(
        "roles",
        "json",
        None,
        "From the template's roles to the names that the dataset has for each.",
        config="roles: {value}",
    ),
    Option(
        "field_messages",
        "text",
        "messages",
        "The dataset's column with the messages; it changes nothing here.",
        config="field_messages: {value}",
    ),
    Option(
        "field_tools",
        "text",
        "tools",
        "The dataset's column with the tools; it changes nothing here.",
        config="field_tools: {value}",
    ),
    Option(
        "field_thinking",
        "text",
        "reasoning_content",
        "The field of a message that holds its thinking.",
        config="field_thinking: {value}",
        nullable=True,
    ),
    Option(
        "template_thinking_key",
        "text",
        "reasoning_content",
        "The template's name for that field.",
        config="template_thinking_key: {value}",
        nullable=True,
    ),
    Option(
        "split_thinking",
        "flag",
        False,
        "Move thinking written inside the content of a reply into its own field.",
        config="split_thinking: {value}",
        nullable=True,
    ),
    Option(
        "drop_system_message",
        "flag",
        False,
        "Leave out a system turn that comes first.",
        config="drop_system_message: {value}",
        nullable=True,
    ),
    Option(
        "sequence_len",
        "integer",
        8192,
        "The most tokens a row may have. Axolotl's own default is 512.",
        least=1,
        config="sequence_len: {value}",
    ),
    Option(
        "excess_length_strategy",
        "choice",
        "drop",
        "What becomes of a longer row.",
        ("drop", "truncate", "raise"),
        config="excess_length_strategy: {value}",
        nullable=True,
    ),
    Option(
        "min_sample_len",
        "integer",
        None,
        "The fewest tokens a row may have; 2 where it is not set.",
        config="min_sample_len: {value}",
    ),
)


def check(options: Options) -> None:
    """Refuse mappings that are none.

    Raises:
        OptionError: `bad-option`.
    """
    mappings, roles = options["message_property_mappings"] or {}, options["roles"] or {}
    if not _maps(mappings, str):
        raise OptionError('`message_property_mappings` is an object of names, such as {"role": "from"}.')
    if not _maps(roles, list) or not all(isinstance(name, str) for names in roles.values() for name in names):
        raise OptionError('`roles` is an object of lists of names, such as {"assistant": ["gpt"]}.')


def _maps(value: object, kind: type) -> bool:
    return isinstance(value, dict) and all(isinstance(item, kind) for item in value.values())


def is_legacy(options: Options) -> bool:
    """Whether no option selects what trains, so that Axolotl takes its oldest path."""
    selecting = ("roles_to_train", "train_on_eos", "train_on_eot")
    return not any(
        options[name] for name in (*selecting, "message_field_training", "message_field_training_detail")
    )


def fitted(example: Example, options: Options) -> Example:
    """The row as `sequence_len` leaves it.

    Raises:
        Refusal: it is dropped for its length or for want of a label, or its length is an error.
    """
    count, most, least = len(example.tokens), options["sequence_len"], options["min_sample_len"] or 2
    strategy = options["excess_length_strategy"] or "drop"
    if count > most and strategy == "raise":
        raise Refusal("error", f"The row has {count} tokens, more than `sequence_len: {most}`.")
    if count < least or (count > most and strategy == "drop"):
        bound = f"fewer than {least}" if count < least else f"more than `sequence_len: {most}`"
        raise Refusal("dropped", f"The row has {count} tokens, {bound}.")
    kept = example.truncated(most)
    if (kept.labels == MASKED).all():
        raise Refusal("dropped", "Axolotl drops rows without a trained token.")
    return kept
