"""Findings in a few words."""

from __future__ import annotations

from lossmask.core.analysis import Finding
from lossmask.findings.registry import RULES
from lossmask.web.views.chips import by_code, chip_words

MOST_LETTERS = 36


def test_every_urgent_rule_has_few_words() -> None:
    banners = {"LM101", "LM102"}
    for rule in RULES:
        if rule.severity != "note" and rule.code not in banners:
            assert len(chip_words(Finding(rule.code, rule.severity, "…"))) <= MOST_LETTERS, rule.code


def test_stop_tokens_are_counted() -> None:
    assert chip_words(Finding("LM201", "error", "…", ((8, 9),))) == "1 stop token untrained"


def test_findings_of_one_code_are_one() -> None:
    warning, note = Finding("LM501", "warning", "…"), Finding("LM302", "note", "…")
    stops = [Finding("LM201", "error", "…", ((start, start + 1),)) for start in (8, 20)]
    found = by_code((note, warning, *stops))
    assert [(row.code, row.tokens) for row in found] == [("LM201", ((8, 9), (20, 21))), ("LM501", ())]
