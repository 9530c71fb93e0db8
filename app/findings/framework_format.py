"""LM712: a framework that writes turns in a format of its own, other than the chat template's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..core.analysis import ExampleAnalysis
from .base import Found, Rule, Severity
from .difference import ends_of_row, only_adds, other_tokens, shown
from .mends import strategy_line
from .subject import Subject


def find_other_format(subject: Subject) -> Iterator[Found]:
    """LM712."""
    first = subject.first
    if not subject.strategy.own_format or first is None or not first.difference:
        return
    severity: Severity | None = "note" if _is_harmless(subject, first) else None
    sentence = other_tokens(subject, first, first.difference)
    if severity == "note":
        sentence += " No token that trains is read after it, but for BOS or EOS."
    yield Found(sentence, tuple(map(shown, first.difference)), _fix(subject), severity)


def _is_harmless(subject: Subject, first: ExampleAnalysis) -> bool:
    """Whether all that trains is read and written as at inference, but for an added BOS or EOS."""
    used, ends = np.flatnonzero(first.example.used), ends_of_row(subject)
    end = int(used[-1]) + 1 if len(used) else 0
    return all(row.example[0] >= end or only_adds(row, first, ends) for row in first.difference or ())


def _fix(subject: Subject) -> str:
    return (
        f"At inference, write prompts as {subject.strategy.framework} writes them and not with this chat "
        f"template; or train on what the chat template writes:\n{strategy_line('axolotl')}"
    )


_TALK = [
    {"role": "user", "content": "pancakes?"},
    {"role": "assistant", "content": "take a pan"},
]


def _fields(template: str) -> dict[str, object]:
    choice = {"name": "llama-factory", "options": {"template": template}}
    return {
        "conversation": {"messages": _TALK},
        "chat_template": "bundled:chatml",
        "strategy": choice,
    }


RULES: tuple[Rule, ...] = (
    Rule(
        "LM712",
        "warning",
        "The framework's own format is not the chat template's",
        "Some frameworks write turns themselves and leave the chat template aside. Where the two differ, a "
        "server that builds its prompts with the chat template asks the model in a form that training never "
        "showed it. A note where only BOS or EOS is added, or where nothing that trains comes after the "
        "difference.",
        find_other_format,
        failing=_fields("zephyr"),
        mended={"strategy": "axolotl"},
        healthy=_fields("chatml"),
        sources=(
            "https://github.com/hiyouga/LlamaFactory/issues/6393",
            "https://github.com/hiyouga/LlamaFactory/pull/10777",
        ),
    ),
)
