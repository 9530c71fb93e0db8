"""Every rule on its own examples: it finds the failing one, and neither the mended nor the healthy one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest
from lossmask.errors import LossmaskError
from lossmask.findings.base import GROUPS, Fields, Rule
from lossmask.findings.docs import mended
from lossmask.findings.registry import RULES, diagnose, rules_of
from lossmask.findings.subject import RENDERS
from lossmask.strategies.registry import STRATEGIES

from tests.findings.fixes import applied, is_in_template
from tests.findings.subjects import subject_for

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def codes(fields: Fields) -> set[str]:
    return {finding.code for finding in diagnose(subject_for(fields))}


@every_rule
def test_the_failing_example_is_found(rule: Rule) -> None:
    assert rule.code in codes(rule.failing)


@every_rule
def test_the_fix_removes_the_finding(rule: Rule) -> None:
    assert rule.mended, "the fix changes something"
    assert rule.code not in codes(mended(rule))


@every_rule
def test_each_fix_applied_removes_the_finding(rule: Rule) -> None:
    """Copied out of the finding, not out of the rule's own mended example."""
    fixes = [finding.fix for finding in diagnose(subject_for(rule.failing), [rule]) if finding.fix]
    assert fixes, "the failing example shows how it is mended"
    for fix in fixes:
        changed = applied(fix, rule.failing)
        if changed is None:
            assert is_in_template(fix, rule.mended.get("chat_template")), fix
        else:
            assert rule.code not in codes(changed), fix


@every_rule
def test_the_mended_example_changes_what_its_fix_names(rule: Rule) -> None:
    changed = {field for field, value in rule.mended.items() if rule.failing.get(field) != value}
    [finding, *_] = diagnose(subject_for(rule.failing), [rule])
    by_fix = applied(finding.fix or "", rule.failing)
    if by_fix is None:
        assert changed == {"chat_template"}
    else:
        assert changed == {field for field, value in by_fix.items() if rule.failing.get(field) != value}


@every_rule
def test_the_healthy_example_has_neither_error_nor_warning(rule: Rule) -> None:
    found = diagnose(subject_for(rule.healthy))
    assert [finding for finding in found if finding.severity != "note" or finding.code == rule.code] == []


@every_rule
def test_what_is_found_can_be_shown_and_mended(rule: Rule) -> None:
    subject = subject_for(rule.failing)
    count = len(subject.trained)
    for finding in diagnose(subject, [rule]):
        assert re.search(r"[.?]$", finding.sentence), finding.sentence
        assert "\n" not in finding.sentence
        assert finding.fix or finding.severity == "note", "an error or a warning can be mended"
        assert all(0 <= start < end <= count for start, end in finding.tokens), finding.tokens


@every_rule
def test_a_rule_says_what_it_is(rule: Rule) -> None:
    assert re.fullmatch(r"LM[1-7]\d\d", rule.code)
    assert rule.group in GROUPS.values()
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")


def test_codes_are_unique_and_in_order() -> None:
    found = [rule.code for rule in RULES]
    assert found == sorted(set(found))


@pytest.mark.parametrize("group", GROUPS.values())
def test_each_group_has_its_file(group: str) -> None:
    module = import_module(f"lossmask.findings.{group.replace(' ', '_')}")
    assert module.RULES == tuple(rule for rule in RULES if rule.group == group) != ()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_rule_fails_under_another_strategy(strategy: str) -> None:
    for rule in RULES:
        for fields in (rule.failing, rule.healthy):
            answered({**fields, "strategy": strategy})


def answered(fields: Mapping[str, Any]) -> None:
    try:
        subject = subject_for(fields)
    except LossmaskError:
        return
    diagnose(subject)
    assert len(subject._rendered) <= RENDERS


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "user", "content": ""}],
        [{"role": "assistant", "content": ""}],
        [{"role": "assistant", "content": None, "tool_calls": []}],
        [{"role": "user", "content": "hi"}, {"role": "assistant"}],
        [{"role": "tool", "content": [{"type": "text", "text": "hi"}]}],
        [{"role": "assistant", "content": "é\0\U0001f642"}],
    ],
)
def test_no_rule_fails_on_odd_messages(messages: list[dict[str, Any]]) -> None:
    for strategy in STRATEGIES:
        for template in (None, "{{ 'x' }}", "{{ messages[0].content }}", "bundled:llama-3"):
            answered({"conversation": messages, "strategy": strategy, "chat_template": template})


def test_rules_are_chosen_by_the_start_of_their_code() -> None:
    assert rules_of([]) == RULES
    assert {rule.code[:3] for rule in rules_of(["LM2"])} <= {"LM2"}
    assert all(rules_of([rule.code]) == (rule,) for rule in RULES)
