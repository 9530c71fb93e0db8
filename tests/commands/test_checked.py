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
    assert notes.first == [1, 2]


def test_only_the_first_rows_are_kept() -> None:
    summary = summary_of(*[("error",)] * 1000)
    ((_, _, seen),) = summary.kinds()
    assert (seen.rows, seen.first) == (1000, [1, 2, 3])
    assert list(seen.told) == ["row 1", "row 2", "row 3"]
    assert seen.untold == 997


def test_rows_of_equal_sentences_are_told_together() -> None:
    summary = Summary()
    for line in range(1, 1001):
        finding = Finding("LM406", "note", "the same" if line % 2 else "another")
        summary.add(Checked(line, 0, findings=(finding,)))
    ((_, _, seen),) = summary.kinds()
    same, other = seen.told.values()
    assert (same.rows, same.first, other.rows, other.first) == (500, [1, 3, 5], 500, [2, 4, 6])
    assert seen.untold == 0
