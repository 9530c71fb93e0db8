"""Ids, labels, weights, outcomes and the number of examples equal to those that tinker-cookbook gave."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from lossmask.settings import Settings

from tests.labels import analysed
from tests.parity.compare import mismatches, report
from tests.parity.golden import Case, cases, request_of
from tests.shared import require_shared

pytestmark = pytest.mark.parity


def test_every_golden_case() -> None:
    total, different = mismatches("tinker")
    print(report("tinker", total, different))
    assert total >= 2539
    assert different == [], report("tinker", total, different)


def test_as_many_examples_as_tinker_gives() -> None:
    several = [case for case in cases("tinker") if case.get("example") is not None]
    counts = Counter(_key(case) for case in several)
    assert len(counts) >= 40
    settings = Settings({"LOSSMASK_TOKENIZERS": str(require_shared("tokenizers"))})
    for case in several:
        if case["example"] == 0:
            found = analysed(settings=settings, **request_of(case)).examples
            assert len(found) == counts[_key(case)]
            tables = {id(row.example.reason_table) for row in found}
            assert len(tables) == 1


def _key(case: Case) -> str:
    return json.dumps([case["tokenizer"], case["conversation"], case["options"], case["tokenizer_loader"]])
