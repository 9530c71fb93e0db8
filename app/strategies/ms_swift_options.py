"""The options of ms-swift that change a row, named as its command line names them."""

from __future__ import annotations

from .option import Option

OPTIONS = (
    Option(
        "template",
        "text",
        None,
        "The format's name; ms-swift takes it from the model where it is not given.",
        config="template: {value}",
    ),
    Option(
        "loss_scale",
        "text",
        "default",
        "What is trained, and with which weights: default, last_round or all, and scales after `+`.",
        config="loss_scale: {value}",
    ),
    Option(
        "max_length",
        "integer",
        None,
        "How many tokens a row may have.",
        least=1,
        config="max_length: {value}",
    ),
    Option(
        "truncation_strategy",
        "choice",
        "delete",
        "What happens to a row that is longer; `raise` is `delete` as the template says it.",
        ("delete", "raise", "left", "right", "split"),
        config="truncation_strategy: {value}",
    ),
    Option(
        "template_backend",
        "choice",
        "swift",
        "ms-swift's own format, or the chat template, of which everything is trained.",
        ("swift", "jinja"),
        config="template_backend: {value}",
    ),
    Option(
        "enable_thinking",
        "flag",
        None,
        "Whether the model is to think; null goes by the format.",
        config="enable_thinking: {value}",
    ),
    Option(
        "preserve_thinking",
        "flag",
        None,
        "Keep earlier replies' thinking; null goes by the format and `loss_scale`.",
        config="preserve_thinking: {value}",
    ),
    Option(
        "add_non_thinking_prefix",
        "flag",
        True,
        "Put an empty block before replies that do not think, in formats that have one.",
        config="add_non_thinking_prefix: {value}",
    ),
    Option(
        "agent_template",
        "choice",
        None,
        "How tools, calls and results are written; null goes by the format.",
        ("hermes", "llama3", "llama4"),
        config="agent_template: {value}",
    ),
)
