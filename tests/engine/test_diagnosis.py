"""A rule that fails costs its own findings alone, and is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lossmask.engine import diagnosis
from lossmask.findings.base import Found, Rule
from lossmask.findings.subject import Subject

from tests.labels import analysed


def rule(code: str, find: object) -> Rule:
    return Rule(code, "warning", "", "", find, {}, {}, {})  # type: ignore[arg-type]


def says(subject: Subject) -> Iterator[Found]:
    yield Found(f"{len(subject.trained)} tokens.", ((0, 1),), "a fix")
    yield Found("Worse.", severity="error")


def fails(subject: Subject) -> Iterator[Found]:
    yield Found("Lost with the rest.")
    raise KeyError("nothing")


def runs_out(subject: Subject) -> Iterator[Found]:
    raise MemoryError


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> list[Rule]:
    chosen: list[Rule] = []
    monkeypatch.setattr(diagnosis, "RULES", chosen)
    return chosen


def test_findings_are_in_the_analysis_most_severe_first(rules: list[Rule]) -> None:
    rules.append(rule("LM901", says))
    found = analysed().findings
    assert [(one.code, one.severity) for one in found] == [("LM901", "error"), ("LM901", "warning")]
    assert found[1].tokens == ((0, 1),)
    assert found[1].fix == "a fix"


def test_a_rule_that_fails_is_named_and_the_others_go_on(rules: list[Rule]) -> None:
    rules += [rule("LM901", fails), rule("LM902", says)]
    with pytest.warns(RuntimeWarning, match=r"The rule LM901 failed\.\n(.|\n)*KeyError"):
        found = analysed().findings
    assert {one.code for one in found} == {"LM902"}


def test_memory_that_runs_out_ends_the_job(rules: list[Rule]) -> None:
    rules.append(rule("LM901", runs_out))
    with pytest.raises(MemoryError):
        analysed()


def test_a_row_that_the_framework_refuses_is_diagnosed_too(rules: list[Rule]) -> None:
    rules.append(rule("LM901", says))
    refused = analysed(
        strategy="trl-completion-only", conversation={"messages": [{"role": "user", "content": "hi"}]}
    )
    assert refused.outcome.kind != "ok"
    assert "0 tokens." in [one.sentence for one in refused.findings]
