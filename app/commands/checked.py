"""What `lossmask check` keeps of the rows: each finding's code with its first rows, and the exit code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..core.analysis import Finding, Outcome
from ..errors import LossmaskError
from ..findings.base import Severity

FIRST = 3
"""How many sentences of each code are shown, and how many rows of each sentence."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Checked:
    """A row of the file: what is wrong with its mask, or why there is none."""

    line: int
    read: int
    outcome: Outcome = field(default_factory=Outcome)
    findings: tuple[Finding, ...] = ()
    fault: LossmaskError | None = None

    def first_of_each(self) -> list[Finding]:
        """One finding of each code and severity, the first."""
        kinds = {(finding.code, finding.severity): finding for finding in reversed(self.findings)}
        return list(reversed(kinds.values()))


@dataclass(slots=True)
class Told:
    """A sentence's rows: what was found in the first of them, how many there are, and the first lines."""

    finding: Finding
    rows: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        """Count a row of which the same is said."""
        self.rows += 1
        if len(self.first) < FIRST:
            self.first.append(line)


@dataclass(slots=True)
class Seen:
    """A code's rows: how many, the first lines, and the first sentences with the rows of each."""

    rows: int = 0
    first: list[int] = field(default_factory=list)
    told: dict[str, Told] = field(default_factory=dict)

    def add(self, line: int, finding: Finding) -> None:
        """Count a row; rows of equal sentences are told together."""
        self.rows += 1
        if len(self.first) < FIRST:
            self.first.append(line)
        if finding.sentence in self.told or len(self.told) < FIRST:
            self.told.setdefault(finding.sentence, Told(finding)).add(line)

    @property
    def untold(self) -> int:
        """The rows of which something else is said than in the first sentences."""
        return self.rows - sum(told.rows for told in self.told.values())


@dataclass(slots=True)
class Summary:
    """Counts over the rows, of bounded size however many there are."""

    rows: int = 0
    affected: int = 0
    """Rows with a finding."""
    faults: int = 0
    """Rows that cannot be read or rendered."""
    outcomes: Counter[str] = field(default_factory=Counter)
    by_severity: Counter[Severity] = field(default_factory=Counter)
    """Rows with a finding of this severity."""
    seen: dict[tuple[str, Severity], Seen] = field(default_factory=dict)
    first_faults: list[tuple[int, LossmaskError]] = field(default_factory=list)

    def add(self, row: Checked) -> None:
        """Count a row."""
        self.rows += 1
        if row.fault is not None:
            self._add_fault(row.line, row.fault)
            return
        self.outcomes[row.outcome.kind] += 1
        self.affected += bool(row.findings)
        self.by_severity.update({finding.severity for finding in row.findings})
        for finding in row.first_of_each():
            self.seen.setdefault((finding.code, finding.severity), Seen()).add(row.line, finding)

    def kinds(self) -> list[tuple[str, Severity, Seen]]:
        """Every code found, errors first."""
        kinds = [(code, severity, seen) for (code, severity), seen in self.seen.items()]
        return sorted(kinds, key=lambda kind: (SEVERITIES.index(kind[1]), kind[0]))

    def exit_code(self, fail_on: Severity) -> int:
        """0 for clean, 1 for findings at or above a severity, 2 where something is to be mended first."""
        if self.faults or not self.rows:
            return 2
        failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        return int(any(self.by_severity[severity] for severity in failing))

    def _add_fault(self, line: int, fault: LossmaskError) -> None:
        self.faults += 1
        if len(self.first_faults) < FIRST:
            self.first_faults.append((line, fault))
