"""Counts over rows, and the exit code that they give."""

from __future__ import annotations

import pytest
from lossmask.commands.checked import Checked, Summary
from lossmask.core.analysis import Finding
from lossmask.errors import LossmaskError
from lossmask.findings.base import Severity


def summary_of(*rows: tuple[Severity, ...]) -> Summary:
    summary = Summary()
    for line, severities in enumerate(rows, 1):
        findings = tuple(Finding("LM101", severity, f"row {line}") for severity in severities)
        summary.add(Checked(line, 0, findings=findings))
    return summary


@pytest.mark.parametrize(
    ("worst", "fail_on", "code"),
    [
        ("error", "error", 1),
        ("warning", "error", 0),
        ("warning", "warning", 1),
        ("note", "warning", 0),
        ("note", "note", 1),
        ("error", "note", 1),
    ],
)
def test_findings_fail_from_a_severity_on(worst: Severity, fail_on: Severity, code: int) -> None:
    assert summary_of((), (worst,)).exit_code(fail_on) == code


def test_rows_without_findings_are_clean_and_no_rows_are_not() -> None:
    assert summary_of((), ()).exit_code("note") == 0
    assert summary_of().exit_code("error") == 2


def test_what_cannot_be_read_comes_before_findings() -> None:
    summary = summary_of(("error",))
    summary.add(Checked(2, 0, fault=LossmaskError("no")))
    assert summary.exit_code("error") == 2
    assert (summary.rows, summary.faults, summary.affected) == (2, 1, 1)


def test_a_row_counts_once_for_each_severity_of_a_code() -> None:
    summary = summary_of(("error", "error", "note"), ("note",))
    (_, first, errors), (_, second, notes) = summary.kinds()
    assert (first, errors.rows, second, notes.rows) == ("error", 1, "note", 2)
    assert [line for line, _ in notes.first] == [1, 2]


def test_only_the_first_rows_are_kept() -> None:
    summary = summary_of(*[("error",)] * 1000)
    ((_, _, seen),) = summary.kinds()
    assert (seen.rows, [line for line, _ in seen.first]) == (1000, [1, 2, 3])
