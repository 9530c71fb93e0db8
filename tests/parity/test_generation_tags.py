"""Labels equal to those that transformers gave for every golden case of `generation-tags`."""

from __future__ import annotations

import pytest
from lossmask.errors import TemplateError
from lossmask.settings import Settings

from tests.labels import analysed, labels_from_runs
from tests.parity.golden import Case, cases, request_of
from tests.shared import require_shared

pytestmark = pytest.mark.parity


def answer(case: Case) -> tuple[str, list[int], list[int]]:
    """The outcome, ids and labels that we give."""
    settings = Settings({"LOSSMASK_TOKENIZERS": str(require_shared("tokenizers"))})
    try:
        analysis = analysed(settings=settings, **request_of(case))
    except TemplateError:
        return "error", [], []
    example = analysis.examples[0].example
    return analysis.outcome.kind, example.tokens.ids.tolist(), example.labels.tolist()


def test_every_golden_case() -> None:
    different = []
    found = cases("generation-tags")
    for case in found:
        ids = case.get("input_ids", [])
        expected = (case["outcome"], ids, labels_from_runs(ids, case.get("trained", [])))
        if answer(case) != expected:
            different.append((case["tokenizer"], case["chat_template"], case["conversation"]))
    assert len(found) >= 455
    assert different == []
