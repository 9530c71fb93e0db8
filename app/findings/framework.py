"""LM7: what a framework makes of a row that its own rule does not fit."""

from __future__ import annotations

from collections.abc import Iterator

from ..strategies.trl_sft import has_generation_blocks
from . import framework_markers, framework_parts, framework_turns
from .base import Found, Rule, Severity
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
    yield Found(sentence, (), "Change what the reason names, or leave the row out of the data.", severity)


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
        (*framework_markers.RULES, *framework_parts.RULES, *framework_turns.RULES, _DROPPED),
        key=lambda rule: rule.code,
    )
)
