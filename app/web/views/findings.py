"""Findings as the page lists them: grouped by severity, each with links to the tokens it is about.

The tokens of a finding are those of the first example. On a page that shows another one, none
are marked, and the links lead to the first.
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
Grades: TypeAlias = NDArray[np.uint8]
Severity: TypeAlias = Literal["error", "warning", "note"]

Elsewhere: TypeAlias = Literal["in the first example", "on another page", "not drawn"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
GRADE: dict[Severity, int] = {"error": 2, "warning": 1, "note": 0}
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
class Shown:
    """What the page draws: `turns`, which are rows of the first example if `first`.

    Of the first example's tokens, some page draws the first `drawable`.
    """

    turns: Sequence[TurnView] = ()
    first: bool = True
    drawable: int = 0

    def turn_of(self, token: int) -> int | None:
        """The row that a token of the first example stands in; None where it is not drawn here."""
        index = bisect_right(self.turns, token, key=lambda turn: turn.start) - 1
        drawn = self.first and index >= 0 and token < self.turns[index].end
        return self.turns[index].number if drawn else None


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of tokens by its first: drawn in row `turn`, or, where that is None, `elsewhere`."""

    start: int
    end: int
    turn: int | None
    elsewhere: Elsewhere | None = None

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


def finding_views(found: Sequence[Finding], shown: Shown | None = None) -> Findings:
    """Most severe first, each with the places of its tokens.

    >>> finding_views([Finding("LM302", "note", "…")]).urgent
    ()
    """
    ordered = sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
    views = [_view(number, finding, shown or Shown()) for number, finding in enumerate(ordered, start=1)]
    urgent = tuple(view for view in views if view.severity != "note")
    return Findings(urgent, tuple(view for view in views if view.severity == "note"))


def _view(number: int, finding: Finding, shown: Shown) -> FindingView:
    spans = [(start, end) for start, end in finding.tokens if start < end]
    places = tuple(_place(start, end, shown) for start, end in spans[:MOST_PLACES])
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


def _place(start: int, end: int, shown: Shown) -> Place:
    turn = shown.turn_of(start)
    if turn is not None:
        return Place(start, end, turn)
    if start >= shown.drawable:
        return Place(start, end, None, "not drawn")
    return Place(start, end, None, "on another page" if shown.first else "in the first example")


def grades(found: Sequence[Finding], length: int) -> Grades:
    """(length,) 2 where an error is about the token, 1 where a warning is at most, else 0.

    >>> grades([Finding("LM201", "error", "…", ((1, 2),))], 3)
    [0, 2, 0]
    """
    graded = np.zeros(length, dtype=np.uint8)
    for finding in found:
        covered = sum(end - start for start, end in finding.tokens)
        if finding.severity == "note" or covered > NEARLY_ALL * length:
            continue
        for start, end in finding.tokens:
            graded[start:end] = np.maximum(graded[start:end], GRADE[finding.severity])
    return graded


def marks(found: Sequence[Finding], length: int) -> Marks:
    """(length,) whether an error or a warning is about the token.

    >>> marks([Finding("LM201", "error", "…", ((1, 2),))], 3)
    [False, True, False]
    """
    marked: Marks = grades(found, length) > 0
    return marked
