"""ChatML and what descends from it: `<|im_start|>role`, a newline, the words, `<|im_end|>`."""

from __future__ import annotations

from .base import Family, Form


def _turn(role: str, opening: str = "", closing: str = "") -> Form:
    return Form(f"<|im_start|>{role}\n{opening}", "", f"{closing}<|im_end|>", "\n")


CHATML = Family(system=_turn("system"), user=_turn("user"), assistant=_turn("assistant"), tool=_turn("tool"))

QWEN = CHATML.but(tool=_turn("user", "<tool_response>\n", "\n</tool_response>"))
"""Qwen 2.5 and 3: a tool's result is a user's turn with a mark around it."""


def _phi4(role: str) -> Form:
    return Form(f"<|im_start|>{role}<|im_sep|>", "", "<|im_end|>")


PHI4 = Family(system=_phi4("system"), user=_phi4("user"), assistant=_phi4("assistant"))
"""phi-4: no newlines, and a token of its own after the role."""
