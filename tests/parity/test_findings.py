"""Reported problems are found by the code meant for them, and healthy masks yield no error or warning."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from lossmask.core.analysis import Finding
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.findings.registry import RULES
from lossmask.settings import Settings

from tests.parity import problems
from tests.parity.problems import ONE, PROBLEMS, TWO, Messages, Problem, talk
from tests.shared import require_shared

pytestmark = pytest.mark.parity

CODES = {rule.code for rule in RULES}


def findings(fields: dict[str, Any]) -> Sequence[Finding]:
    settings = Settings({"LOSSMASK_TOKENIZERS": str(require_shared("tokenizers"))})
    return analyse(AnalysisRequest.from_json({"today": "2026-11-23", **fields}), settings).findings


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_a_reported_problem_is_found(problem: Problem) -> None:
    if problem.code not in CODES:
        pytest.skip(f"{problem.code} is not there yet")
    assert problem.code in [finding.code for finding in findings(problem.fields)]


def test_enough_of_the_twenty_are_covered() -> None:
    assert len(PROBLEMS) >= 25
    assert {problem.number for problem in PROBLEMS} >= {*range(1, 21)} - {19}


TALKS: dict[str, Messages] = {
    "one": ONE,
    "two": TWO,
    "system": [{"role": "system", "content": "Be brief."}, *TWO],
    "code": talk("Add two numbers in Python.", "def add(a, b):\n    return a + b"),
    "long": talk("Tell me of trains.", "Trains run on rails, and have since 1825. " * 12),
}
HEALTHY: list[tuple[str, str, dict[str, Any]]] = [
    (tokenizer, strategy, options)
    for tokenizer, strategies in {
        problems.QWEN: ("assistant-turns", "axolotl", "unsloth-responses-only", "trl-assistant-only", "verl"),
        problems.LLAMA: ("assistant-turns", "axolotl", "unsloth-responses-only", "open-instruct"),
        problems.ZEPHYR: ("assistant-turns", "unsloth-responses-only", "open-instruct"),
        problems.TINY: ("assistant-turns", "axolotl"),
    }.items()
    for strategy in strategies
    for options in ({},)
]


@pytest.mark.parametrize(
    ("case", "name"),
    list(product(HEALTHY, TALKS)),
    ids=lambda value: value if isinstance(value, str) else f"{value[0].partition('__')[2]}-{value[1]}",
)
def test_a_healthy_mask_has_no_error_and_no_warning(case: tuple[str, str, dict[str, Any]], name: str) -> None:
    tokenizer, strategy, options = case
    found = findings(problems.request(tokenizer, strategy, TALKS[name], **options))
    assert [finding for finding in found if finding.severity != "note"] == []


def test_the_healthy_set_is_large_enough() -> None:
    assert len(HEALTHY) * len(TALKS) >= 60
