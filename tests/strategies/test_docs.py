"""The page on frameworks says what the registry says."""

from __future__ import annotations

import json

from lossmask.strategies.docs import frameworks_page
from lossmask.strategies.registry import STRATEGIES

from tests.shared import ROOT

DOCS = ROOT / "docs"


def test_the_committed_page_is_current() -> None:
    figures = json.loads((DOCS / "parity.json").read_text(encoding="utf-8"))
    page = (DOCS / "frameworks.md").read_text(encoding="utf-8")
    assert page == frameworks_page(figures), "run: python scripts/frameworks_docs.py"


def test_every_rule_says_all_of_itself() -> None:
    page = frameworks_page({"trl-full": {"cases": 1000, "equal": 999}})
    for strategy in STRATEGIES.values():
        assert f"## {strategy.name}\n" in page
        assert strategy.source in page
        for sentence in strategy.known_differences:
            assert f"- {sentence}" in page
        for option in strategy.options:
            assert f"| `{option.name}` |" in page
    assert "999 of 1000 (99.9 %)" in page


def test_figures_are_not_rounded_up() -> None:
    page = frameworks_page({"trl-full": {"cases": 10_000, "equal": 9_999}})
    assert "9999 of 10000 (99.9 %)" in page


def test_every_measured_rule_exists() -> None:
    figures = json.loads((DOCS / "parity.json").read_text(encoding="utf-8"))
    assert set(figures) <= set(STRATEGIES)
    assert all(0 < figure["equal"] <= figure["cases"] for figure in figures.values())
