"""Mistral's families: `[INST]`, with spaces in the sentencepiece versions and without in Tekken's."""

from __future__ import annotations

from .base import BOS, EOS, Family, Form

MISTRAL = Family(
    system=Form(end="\n\n"),
    user=Form("[INST] ", "", "[/INST]"),
    assistant=Form("", " ", EOS),
    tool=Form('[TOOL_RESULTS] {"content": ', "", "}[/TOOL_RESULTS]"),
    call=Form("", "[TOOL_CALLS] ", EOS),
    prefix=BOS,
)
"""Version 3 of Mistral's tokenizer."""

TEKKEN = Family(
    system=Form(end="\n\n"),
    user=Form("[INST]", "", "[/INST]"),
    assistant=Form(end=EOS),
    tool=Form('[TOOL_RESULTS]{"content": ', "", "}[/TOOL_RESULTS]"),
    call=Form("", "[TOOL_CALLS]", EOS),
    prefix=BOS,
)

TEKKEN_V7 = TEKKEN.but(system=Form("[SYSTEM_PROMPT]", "", "[/SYSTEM_PROMPT]"))
