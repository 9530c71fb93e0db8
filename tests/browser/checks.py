"""The checks of accessibility in `checks.js`, each on a page as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_SCRIPT = (Path(__file__).parent / "checks.js").read_text(encoding="utf-8").partition("\n")[2].strip()
_CHECKS = ("unnamed()", "dangling()", "doubleIds()", "smallTargets(24)", "faint(4.5)")


def found(page: Page, check: str) -> list[Any]:
    """What one of the checks finds."""
    offends: list[Any] = page.evaluate(f"{_SCRIPT}.{check}")
    return offends


def assert_accessible(page: Page, *, main_headings: Sequence[int] = (1,)) -> None:
    """None of the checks finds anything, and the page has so many main headings."""
    assert {check: found(page, check) for check in _CHECKS} == {check: [] for check in _CHECKS}
    assert found(page, "headings()").count(1) in main_headings
