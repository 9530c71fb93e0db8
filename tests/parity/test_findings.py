"""Reported problems are found by the code meant for them, and healthy masks yield no error or warning."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from lossmask.core.analysis import Finding
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.errors import TemplateError
from lossmask.findings.registry import RULES
from lossmask.settings import Settings

from tests.findings.fixes import IN_TEMPLATE, applied
from tests.parity.healthy import DEEPSEEK, FAULT, HEALTHY, OSS, SMOL, TOKENIZERS, UNHEALTHY, Case
from tests.parity.problems import PROBLEMS, QWEN, Problem
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
    assert {problem.number for problem in PROBLEMS} >= {*range(1, 21)}


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_a_fix_that_can_be_copied_removes_the_finding(problem: Problem) -> None:
    fixes = [finding.fix or "" for finding in findings(problem.fields) if finding.code == problem.code]
    mended = [changed for fix in fixes if (changed := applied(fix, problem.fields)) is not None]
    assert mended or all(IN_TEMPLATE.search(fix) for fix in fixes), fixes
    for fields in mended:
        assert problem.code not in [
            finding.code for finding in findings(fields) if finding.severity != "note"
        ]


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (Case(OSS, "axolotl", "two"), "LM201"),
        (Case(DEEPSEEK, "trl-completion-only", "one"), "LM705"),
        (Case(SMOL, "generation-tags", "one"), "LM301"),
        (Case(QWEN, "nemo-rl", "two"), "LM301"),
    ],
)
def test_what_is_so_by_design_is_a_note(case: Case, code: str) -> None:
    found = findings(case.fields)
    assert [finding.severity for finding in found if finding.code == code] == ["note"]


def by_tokenizer_and_strategy(cases: Iterable[Case]) -> dict[str, list[Case]]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(f"{case.tokenizer.removeprefix('local:')}-{case.strategy}", []).append(case)
    return groups


@functools.cache
def severe(case: Case) -> set[str]:
    """The codes of errors and warnings, or that the chat template raises."""
    try:
        found = findings(case.fields)
    except TemplateError:
        return {FAULT}
    return {finding.code for finding in found if finding.severity != "note"}


GROUPS = by_tokenizer_and_strategy(HEALTHY)


@pytest.mark.parametrize("group", GROUPS)
def test_healthy_masks_have_no_error_and_no_warning(group: str) -> None:
    assert {case.talk: found for case in GROUPS[group] if (found := severe(case))} == {}


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_what_the_healthy_set_leaves_out_is_ill(tokenizer: str) -> None:
    cases = [(ill.code, case) for ill in UNHEALTHY for case in ill.cases if case.tokenizer == tokenizer]
    assert [(code, case) for code, case in cases if not severe(case) & {code, FAULT}] == []


def test_the_healthy_set_is_large_enough() -> None:
    assert len(HEALTHY) >= 120
