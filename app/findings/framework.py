"""LM7: what a framework makes of a row that its own rule does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..strategies.trl_sft import has_generation_blocks
from . import framework_format, framework_markers, framework_parts, framework_reduction, framework_turns
from .base import Found, Rule, Severity
from .intent import config_line
from .mends import strategy_line
from .stop_padding import spare_token
from .subject import Subject
from .truncation import find_nothing_left

_EXACT = (
    find_nothing_left,
    framework_markers.find_missing,
    framework_markers.find_retokenized,
    framework_parts.find_parts_differ,
)
"""What tells why a row is refused more exactly than the refusal does."""


def find_dropped(subject: Subject) -> Iterator[Found]:
    """LM707."""
    if subject.outcome.kind == "ok":
        return
    if subject.options.get("assistant_only_loss") and not has_generation_blocks(subject.context.source):
        return
    if any(True for find in _EXACT for _ in find(subject)):
        return
    does = "leaves this row out" if subject.outcome.kind == "dropped" else "refuses this row"
    severity: Severity = "warning" if subject.outcome.kind == "dropped" else "error"
    sentence = f"{subject.strategy.framework} {does}: {subject.outcome.reason}"
    yield Found(sentence, (), _mend(subject), severity)


def _mend(subject: Subject) -> str:
    """What the reason names, put right; else another rule that takes the row."""
    reason, options = subject.outcome.reason or "", subject.options
    if "no padding token" in reason:
        line = config_line(subject, "pad_token", spare_token(subject))
        return line or "Give the tokenizer a padding token."
    for option in subject.strategy.options:
        if options[option.name] != option.default and _is_named(option.name, options[option.name], reason):
            return config_line(subject, option.name, option.default) or f"Leave `{option.name}` unset."
    if subject.strategy.name == "axolotl":
        return "Change what the reason names, or leave the row out of the data."
    other = "Leave the row out of the data, or train with a framework that takes it:\n"
    return other + strategy_line("axolotl")


def _is_named(name: str, value: object, reason: str) -> bool:
    """Whether a reason tells the option's name, or the number it is set to."""
    return f"`{name}" in reason or (type(value) is int and re.search(rf"\b{value}\b", reason) is not None)


_TALK = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hey"}]}


def _axolotl(**options: object) -> dict[str, object]:
    choice = {"name": "axolotl", "options": options}
    return {"conversation": _TALK, "chat_template": "bundled:chatml", "strategy": choice}


_DROPPED = Rule(
    "LM707",
    "error",
    "The framework leaves the row out or refuses it",
    "A row that is dropped trains nothing, often without a word in the log; one that raises stops the run.",
    find_dropped,
    failing=_axolotl(min_sample_len=500),
    mended={"strategy": "axolotl"},
    healthy=_axolotl(),
)

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *framework_markers.RULES,
            *framework_parts.RULES,
            *framework_turns.RULES,
            *framework_reduction.RULES,
            *framework_format.RULES,
            _DROPPED,
        ),
        key=lambda rule: rule.code,
    )
)
