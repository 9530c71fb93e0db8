"""Findings as the page lists them: grouped by severity, each with links to the tokens it is about.

The tokens of a finding are those of the first example; of any other, none are marked or linked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...core.analysis import Analysis, ExampleAnalysis, Finding
from .columns import count
from .turns import TurnView

Marks: TypeAlias = NDArray[np.bool_]
Severity: TypeAlias = Literal["error", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
MOST_PLACES = 6
"""Stretches of tokens that one finding links to."""

NEARLY_ALL = 0.9
"""Share of an example from which on a finding is about the whole: marking every token marks none."""

TITLES = {
    "LM101": "The mask is empty: nothing trains.",
    "LM102": "The mask is full: every token trains.",
}
"""Findings that overturn the whole mask, and are shown as a banner."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of tokens by its first; `turn` is the row that it stands in, None where it is not drawn."""

    start: int
    end: int
    turn: int | None

    @property
    def name(self) -> str:
        """`44` for one token, `44 to 52` for several."""
        return f"{self.start:,}" if self.end - self.start == 1 else f"{self.start:,} to {self.end - 1:,}"


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding, numbered over the page; `title` is set where it is a banner."""

    number: int
    code: str
    severity: Severity
    sentence: str
    fix: str | None
    places: tuple[Place, ...]
    more: int
    title: str | None


@dataclass(frozen=True, slots=True)
class Findings:
    """Errors and warnings, which are shown, and notes, which are folded away."""

    urgent: tuple[FindingView, ...]
    notes: tuple[FindingView, ...]

    @property
    def summary(self) -> str:
        """`1 error, 2 warnings`."""
        severities = [view.severity for view in self.urgent]
        counts = [(severities.count(severity), severity) for severity in SEVERITIES]
        return ", ".join(count(number, severity) for number, severity in counts if number)


def findings_of(analysis: Analysis, analysed: ExampleAnalysis) -> tuple[Finding, ...]:
    """The findings, without tokens where the example shown is not the one whose tokens they name."""
    if analysis.examples and analysed is analysis.examples[0]:
        return analysis.findings
    return tuple(Finding(row.code, row.severity, row.sentence, (), row.fix) for row in analysis.findings)


def finding_views(found: Sequence[Finding], turns: Sequence[TurnView] = ()) -> Findings:
    """Most severe first, linked to the tokens that `turns` draw.

    >>> finding_views([Finding("LM302", "note", "…")]).urgent
    ()
    """
    ordered = sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
    starts = [turn.start for turn in turns]
    views = [_view(number, finding, turns, starts) for number, finding in enumerate(ordered, start=1)]
    urgent = tuple(view for view in views if view.severity != "note")
    return Findings(urgent, tuple(view for view in views if view.severity == "note"))


def _view(number: int, finding: Finding, turns: Sequence[TurnView], starts: Sequence[int]) -> FindingView:
    spans = [(start, end) for start, end in finding.tokens if start < end]
    places = tuple(Place(start, end, _turn(start, turns, starts)) for start, end in spans[:MOST_PLACES])
    return FindingView(
        number=number,
        code=finding.code,
        severity=finding.severity,
        sentence=finding.sentence,
        fix=finding.fix,
        places=places,
        more=len(spans) - len(places),
        title=TITLES.get(finding.code) if finding.severity != "note" else None,
    )


def _turn(token: int, turns: Sequence[TurnView], starts: Sequence[int]) -> int | None:
    index = bisect_right(starts, token) - 1
    return turns[index].number if index >= 0 and token < turns[index].end else None


def marks(found: Sequence[Finding], length: int) -> Marks:
    """(length,) whether an error or a warning is about the token.

    >>> marks([Finding("LM201", "error", "…", ((1, 2),))], 3)
    [False, True, False]
    """
    marked = np.zeros(length, dtype=np.bool_)
    for finding in found:
        covered = sum(end - start for start, end in finding.tokens)
        if finding.severity == "note" or covered > NEARLY_ALL * length:
            continue
        for start, end in finding.tokens:
            marked[start:end] = True
    return marked
