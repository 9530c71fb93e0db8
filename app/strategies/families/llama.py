"""The Llama families: `[INST]` for Llama 2, header tokens from Llama 3 on."""

from __future__ import annotations

from .base import BOS, EOS, Family, Form


def _llama3(role: str) -> Form:
    return Form(f"<|start_header_id|>{role}<|end_header_id|>\n\n", "", "<|eot_id|>")


LLAMA3 = Family(
    system=_llama3("system"),
    user=_llama3("user"),
    assistant=_llama3("assistant"),
    tool=_llama3("ipython"),
    prefix=BOS,
)


def _llama4(role: str) -> Form:
    return Form(f"<|header_start|>{role}<|header_end|>\n\n", "", "<|eot|>")


LLAMA4 = Family(
    system=_llama4("system"),
    user=_llama4("user"),
    assistant=_llama4("assistant"),
    tool=_llama4("ipython"),
    prefix=BOS,
)

LLAMA2 = Family(
    system=Form("<<SYS>>\n", "", "\n<</SYS>>\n\n"),
    user=Form(f"{BOS}[INST] ", "", " [/INST]"),
    assistant=Form(end=EOS),
)
"""Llama 2: the system prompt stands inside the first user's turn, and every user's turn opens with BOS."""
