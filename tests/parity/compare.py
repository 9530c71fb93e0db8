"""Compares what we give for a golden case with what the framework gave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from lossmask.core.example import MASKED
from lossmask.errors import TemplateError
from lossmask.settings import Settings

from tests.labels import analysed, labels_from_runs
from tests.parity.golden import Case, cases, request_of
from tests.shared import require_shared

Outcome: TypeAlias = tuple[str, list[int], list[int], list[float]]
"""Outcome, ids, labels and weights of one example."""


def outcome_of(case: Case, findings: bool = False) -> Outcome:
    """What we give; a template that raises is an error, as in the golden records."""
    settings = Settings({"LOSSMASK_TOKENIZERS": str(require_shared("tokenizers"))})
    try:
        analysis = analysed(settings=settings, findings=findings, **request_of(case))
    except TemplateError:
        return "error", [], [], []
    number = case.get("example") or 0
    if analysis.outcome.kind != "ok":
        return analysis.outcome.kind, [], [], []
    if number >= len(analysis.examples):
        return "absent", [], [], []
    example = analysis.examples[number].example
    return "ok", example.tokens.ids.tolist(), example.labels.tolist(), example.weights.tolist()


def golden_of(case: Case) -> Outcome:
    """What the framework gave."""
    if case["outcome"] != "ok":
        return case["outcome"], [], [], []
    ids = case["input_ids"]
    labels = case.get("labels") or labels_from_runs(ids, case["trained"])
    weights = case.get("weights") or [float(label != MASKED) for label in labels]
    return "ok", ids, labels, list(map(float, weights))


FIGURES: dict[str, tuple[int, int]] = {}
"""Equal cases of all, by strategy, as far as this run has compared them; the run ends with their table."""


DIAGNOSED = 5
"""Of so many cases one is diagnosed too, so that rules of findings meet real rows."""


def mismatches(strategy: str) -> tuple[int, list[tuple[Case, Outcome, Outcome]]]:
    """How many golden cases a strategy has, and those that differ: case, ours, theirs."""
    found = cases(strategy)
    compared = (
        (case, outcome_of(case, findings=not number % DIAGNOSED), golden_of(case))
        for number, case in enumerate(found)
    )
    different = [row for row in compared if row[1] != row[2]]
    FIGURES[strategy] = (len(found) - len(different), len(found))
    return len(found), different


def report(strategy: str, total: int, different: Sequence[tuple[Case, Outcome, Outcome]]) -> str:
    """The figure, and what distinguishes each differing case; for a test's message and for `-s`."""
    lines = [f"{strategy}: {total - len(different)} of {total} golden cases equal"]
    for case, ours, theirs in different[:20]:
        what = next(name for name, mine, other in zip(_COLUMNS, ours, theirs, strict=True) if mine != other)
        where = f"{case['tokenizer']} {case['chat_template']} {case['conversation']} {case['options']}"
        lines.append(f"  {what}: ours {ours[0]}, theirs {theirs[0]}: {where} {case.get('error', '')}")
    return "\n".join(lines)


_COLUMNS = ("outcome", "ids", "labels", "weights")
