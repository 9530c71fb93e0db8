"""Families that open a turn with `<|role|>`: Phi-3, Zephyr, GLM-4, gpt-oss."""

from __future__ import annotations

from .base import EOS, Family, Form, Thinking


def _tagged(role: str, end: str, separator: str = "", newline: str = "\n") -> Form:
    return Form(f"<|{role}|>{newline}", "", end, separator)


def _family(end: str, separator: str = "", newline: str = "\n") -> Family:
    system, user, assistant = (
        _tagged(role, end, separator, newline) for role in ("system", "user", "assistant")
    )
    return Family(system=system, user=user, assistant=assistant)


PHI3 = _family("<|end|>", "\n")
PHI4_MINI = _family("<|end|>", newline="")
ZEPHYR = _family(EOS)

GLM4 = Family(
    system=_tagged("system", ""),
    user=_tagged("user", ""),
    assistant=Form("<|assistant|>", "\n"),
    tool=_tagged("observation", ""),
    call=Form("<|assistant|>"),
    prefix="[gMASK]<sop>",
)
"""GLM-4: no token ends a turn; the next one's opening does."""

GPT_OSS = Family(
    system=Form("<|start|>system<|message|>", "", "<|end|>"),
    user=Form("<|start|>user<|message|>", "", "<|end|>"),
    assistant=Form("<|start|>assistant"),
    thinking=Thinking(
        "<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"
    ),
)
"""gpt-oss as a format of plain turns: the channel stands in what thinking is wrapped in."""
