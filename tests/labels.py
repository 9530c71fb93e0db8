"""Short ways for tests to ask what an analysis trains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossmask.core.analysis import Analysis
from lossmask.core.example import MASKED
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.settings import Settings

PANCAKES: tuple[dict[str, Any], ...] = (
    {"role": "user", "content": "give me a recipe to bake pancakes"},
    {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
)


def analysed(
    messages: Sequence[dict[str, Any]] = PANCAKES,
    *,
    strategy: str = "assistant-turns",
    options: dict[str, Any] | None = None,
    settings: Settings | None = None,
    tools: list[dict[str, Any]] | None = None,
    findings: bool = True,
    **request: Any,
) -> Analysis:
    """The analysis of some messages; other fields of the request by name."""
    body = {
        "conversation": {"messages": list(messages), "tools": tools},
        "strategy": {"name": strategy, "options": options or {}},
        "today": "2026-11-23",
        **request,
    }
    return analyse(AnalysisRequest.from_json(body), settings or Settings({}), findings=findings)


def trained_texts(analysis: Analysis, example: int = 0) -> list[str]:
    """The text of each stretch of trained tokens."""
    row = analysis.examples[example].example
    stretches: list[list[int]] = []
    previous = False
    for label, (start, end) in zip(row.labels.tolist(), row.tokens.offsets.tolist(), strict=True):
        trained = label != MASKED
        if trained and previous:
            stretches[-1][1] = max(stretches[-1][1], end)
        elif trained:
            stretches.append([start, end])
        previous = trained
    return [row.rendering.text[start:end] for start, end in stretches]


def labels_from_runs(ids: Sequence[int], runs: Sequence[Sequence[int]]) -> list[int]:
    """Labels out of half-open runs of trained positions.

    >>> labels_from_runs([7, 8, 9], [[1, 3]])
    [-100, 8, 9]
    """
    labels = [MASKED] * len(ids)
    for start, end in runs:
        labels[start:end] = ids[start:end]
    return labels
