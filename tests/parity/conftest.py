"""Ends a run that compared with real frameworks with a table of how many labels came out equal."""

from __future__ import annotations

import pytest

from tests.parity.compare import FIGURES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One row for each strategy that was compared."""
    if not FIGURES:
        return
    terminalreporter.section("parity with the real frameworks")
    for strategy, (equal, total) in FIGURES.items():
        terminalreporter.write_line(f"{strategy:24} {equal:5} of {total:5} equal  {equal / total:7.2%}")
