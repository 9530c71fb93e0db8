"""The options of LLaMA-Factory that change a row, named as its configuration names them."""

from __future__ import annotations

from .option import Option

OPTIONS = (
    Option(
        "template",
        "text",
        None,
        "The format's name; without one, it is parsed out of the chat template.",
        config="template: {value}",
    ),
    Option(
        "formatting",
        "choice",
        "sharegpt",
        "How the dataset is read; `openai` changes the system prompt.",
        ("sharegpt", "openai"),
        config="formatting: {value}",
    ),
    Option(
        "cutoff_len",
        "integer",
        2048,
        "How many tokens a row may have; pairs are cut in proportion, and later ones left out.",
        least=1,
        config="cutoff_len: {value}",
    ),
    Option("train_on_prompt", "flag", False, "Train prompts too.", config="train_on_prompt: {value}"),
    Option("mask_history", "flag", False, "Train the last reply only.", config="mask_history: {value}"),
    Option(
        "enable_thinking",
        "flag",
        True,
        "Reasoning formats: train the empty block of a reply without thinking; false drops all thinking.",
        config="enable_thinking: {value}",
        nullable=True,
    ),
    Option(
        "preserve_thinking",
        "flag",
        False,
        "Reasoning formats: keep earlier replies' thinking under `mask_history`.",
        config="preserve_thinking: {value}",
    ),
    Option(
        "default_system",
        "text",
        None,
        "The system prompt of rows that have none, in place of the format's.",
        config="default_system: {value}",
    ),
)
