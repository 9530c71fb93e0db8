"""Analyses made by hand, for tests of everything that shows one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from lossmask.core.analysis import (
    Analysis,
    ExampleAnalysis,
    Finding,
    Outcome,
    StrategyInfo,
    TemplateInfo,
    TokenizerInfo,
)
from lossmask.core.contributions import weigh
from lossmask.core.conversation import Conversation
from lossmask.core.example import MASKED, Example, Reason
from lossmask.core.parts import PART_ID, Part
from lossmask.core.provenance import NO_MESSAGE, Origin, Rendering
from lossmask.core.request import Choice
from lossmask.core.tokens import Tokens

REASONS = (Reason("masked", "Masked: in turn 1 (user)."), Reason("trained", "Trained: written by the model."))


@dataclass(frozen=True)
class Word:
    """One token: its text, whose turn it is in, its part, and whether it trains."""

    text: str
    message: int | None = None
    part: Part = "content"
    trained: bool = False
    special: bool = False


def conversation(*roles: str) -> Conversation:
    """Messages of these roles, saying little."""
    return Conversation(tuple({"role": role, "content": "hi"} for role in roles or ("user", "assistant")))


CHAT = (
    Word("<s>", None, "bos", special=True),
    Word("<u>", 0, "header", special=True),
    Word("hi", 0),
    Word(" there", 0),
    Word("<e>", 0, "end_of_turn", special=True),
    Word("<a>", 1, "header", special=True),
    Word("hello", 1, trained=True),
    Word("\n", 1, trained=True),
    Word("<e>", 1, "end_of_turn", trained=True, special=True),
)
"""A question and its answer; tokens 6 to 8 train."""


def example(words: Sequence[Word], cut: int = 0) -> Example:
    """The example whose tokens are these words, each its own run of the rendering."""
    text = "".join(word.text for word in words)
    ends = np.cumsum([len(word.text) for word in words], dtype=np.int32)
    starts = (ends - [len(word.text) for word in words]).astype(np.int32)
    ids = np.arange(100, 100 + len(words), dtype=np.int32)
    trained = np.array([word.trained for word in words], dtype=np.bool_)
    rendering = Rendering(
        text,
        tuple(Origin("template", line=1, message=word.message) for word in words),
        starts,
        np.arange(len(words), dtype=np.int32),
        np.array([_message(word) for word in words], dtype=np.int32),
    )
    special = np.array([word.special for word in words], dtype=np.bool_)
    tokens = Tokens(ids, np.stack([starts, ends], axis=1), [word.text for word in words], special)
    labels = np.where(trained, ids, MASKED).astype(np.int32)
    return Example(rendering, tokens, labels, trained.astype(float), trained.astype(np.int32), REASONS, cut)


def analysed(words: Sequence[Word] = CHAT, cut: int = 0) -> ExampleAnalysis:
    """The example with its contributions."""
    made = example(words, cut)
    return ExampleAnalysis(
        made,
        np.array([_message(word) for word in words], dtype=np.int32),
        np.array([PART_ID[word.part] for word in words], dtype=np.uint8),
        weigh(Choice("token-mean"), [made]).columns[0],
    )


def analysis(
    words: Sequence[Word] = CHAT,
    *,
    cut: int = 0,
    outcome: Outcome | None = None,
    variables: tuple[str, ...] = (),
    names: tuple[str, ...] = ("default",),
    differs: str | None = None,
    findings: tuple[Finding, ...] = (),
    options: Mapping[str, object] | None = None,
) -> Analysis:
    """A whole analysis of one example; none where the outcome is a refusal."""
    outcome = outcome or Outcome()
    return Analysis(
        outcome=outcome,
        tokenizer=TokenizerInfo("bundled", None, 1000, "ab" * 32, differs_from_file=differs),
        template=TemplateInfo("own", "{{ messages }}", names, variables),
        strategy=StrategyInfo("assistant-turns", dict(options or {}), "lossmask", "0.1.0"),
        reduction=weigh(Choice("token-mean"), [example(words, cut)]).info,
        today=date(2026, 11, 23),
        examples=(analysed(words, cut),) if outcome.kind == "ok" else (),
        reason_table=REASONS,
        findings=findings,
        statistics={},
        versions={},
    )


def _message(word: Word) -> int:
    return NO_MESSAGE if word.message is None else word.message
