"""Stock chat templates with more than one revision in circulation, known by the SHA-256 of their text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .base import Found
from .mends import request_line
from .subject import Subject


class Revision(NamedTuple):
    """One revision of a model family's template, and how the other one differs."""

    family: str
    which: str
    other: str


_QWEN3 = "a55ee1b1660128b7098723e0abcd92caa0788061051c62d51cbe87d9cf1974d8"
_QWEN3_EARLY = "87a2728cb8dc9fe424d624542f6060ec05a1d285ebbec578bb078900e33396b5"
_GPT_OSS = "a4c9919cbbd4acdd51ccffe22da049264b1b73e59055fa58811a99efbd7c8146"
_GPT_OSS_FIRST = "e46883fd800409121c025f94e49e39473eaf27de926dd71a6456da822e41612a"
_PHI_4 = "fe4120415a3858b873955c92ce3a103a95bc97c2cb00b72e62659aaf0f891ee5"
_PHI_4_HEADER = "a41fb8727c4f1e722e53cb1ea935038a1177b8bdf09387f3b048f9da5255ef3e"
_GLM = "f777778f775abe19c0f4bd576078d20a51ba8472139bde6852ea4490ec07398b"
_GLM_MOE = "44f815868bf02fa458dd2f741a338046f4bf45f398eb6d067766726b9d96cce3"

REVISIONS = {
    _QWEN3: Revision(
        "Qwen3",
        "the later one, which takes content that is no text",
        f"the earlier one ({_QWEN3_EARLY[:12]}) raises for content that is a list or null",
    ),
    _QWEN3_EARLY: Revision(
        "Qwen3",
        "the earlier one, which raises for content that is a list or null",
        f"the later one ({_QWEN3[:12]}), which TRL looks for, takes both",
    ),
    _GPT_OSS: Revision(
        "gpt-oss",
        "the later one",
        f"the first one ({_GPT_OSS_FIRST[:12]}) writes `reasoning:` in small letters, other line breaks "
        "and other tool signatures",
    ),
    _GPT_OSS_FIRST: Revision(
        "gpt-oss",
        "the first one",
        f"the later one ({_GPT_OSS[:12]}) writes `Reasoning:`, other line breaks and other tool signatures",
    ),
    _PHI_4: Revision(
        "phi-4",
        "the one that writes the assistant's header with the reply",
        f"another one ({_PHI_4_HEADER[:12]}) writes it right after each user message, so that the header is "
        "there without `add_generation_prompt`",
    ),
    _PHI_4_HEADER: Revision(
        "phi-4",
        "the one that writes the assistant's header right after each user message",
        f"another one ({_PHI_4[:12]}) writes it with the reply, and as its generation prompt",
    ),
    _GLM: Revision(
        "GLM-4.6",
        "the one that takes tool arguments that are no mapping",
        f"the one that TRL knows ({_GLM_MOE[:12]}) does not",
    ),
    _GLM_MOE: Revision(
        "GLM-4.6",
        "the one that asks for tool arguments as a mapping",
        f"the one kept by llama.cpp ({_GLM[:12]}) takes others too",
    ),
}

IMITATED = {
    "bundled:harmony": ("gpt-oss", _GPT_OSS, _GPT_OSS_FIRST),
    "bundled:chatml-thinking": ("Qwen3", _QWEN3, _QWEN3_EARLY),
}
"""Bundled templates that write a family's format in words of their own."""


def two_revisions(subject: Subject) -> Iterator[Found]:
    """LM408: the template is one of several stock ones of its model."""
    sha256 = subject.tokenizer.template_sha256 or ""
    revision = REVISIONS.get(sha256)
    if subject.template.name in IMITATED:
        family, later, earlier = IMITATED[subject.template.name]
        yield Found(
            f"`{subject.template.name}` is no stock template of {family}: two of those are in circulation, "
            f"{later[:12]} and {earlier[:12]} by their SHA-256, and this one is worded otherwise.",
            fix=f"Paste the template that you serve with, or use the tokenizer's own:\n"
            f"{request_line('chat_template', None)}",
        )
    if revision is None:
        return
    yield Found(
        f"Two stock templates of {revision.family} are in circulation; this is {revision.which} "
        f"({sha256[:12]}), and {revision.other}.",
        fix=f"Compare with the template that you serve with:\nsha256 {sha256}",
    )
