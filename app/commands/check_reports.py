"""The three ways in which `lossmask check` says what it found: for people, for programs, for GitHub.

Text and annotations show the first sentences of each code once all rows are read, each with the rows
that it is true of; JSON has every finding of every row and is written as they come, one document in
the end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol, TextIO

from ..errors import LossmaskError
from ..findings.registry import RULES
from .checked import Checked, Seen, Summary, Told
from .terminal import Style, printable

_TITLES = {rule.code: rule.title for rule in RULES}


class Report(Protocol):
    """Is told every row, and then the summary."""

    def row(self, row: Checked) -> None: ...
    def end(self, summary: Summary) -> None: ...


class TextReport:
    """Codes with their first sentences and rows, then the counts."""

    def __init__(self, file: str, out: TextIO) -> None:
        self._out = out

    def row(self, row: Checked) -> None:
        """Said in the end, by code."""

    def end(self, summary: Summary) -> None:
        """Print the summary."""
        style = Style.of(self._out)
        for line in _summary_lines(summary, style):
            print(_encodable(line, self._out), file=self._out)


class GithubReport:
    """Annotations of a workflow: https://docs.github.com/actions/reference/workflow-commands."""

    def __init__(self, file: str, out: TextIO) -> None:
        self._file, self._out = file, out

    def row(self, row: Checked) -> None:
        """Said in the end, since GitHub shows few annotations of each step."""

    def end(self, summary: Summary) -> None:
        """Print one annotation for each of the first sentences of each code, then the counts."""
        for line, fault in summary.first_faults:
            self._annotate("error", line, fault.title, fault.detail)
        for code, severity, seen in summary.kinds():
            level = "notice" if severity == "note" else severity
            title = f"{code}: {_TITLES.get(code, code)} ({_rows(seen.rows)})"
            for told in seen.told.values():
                self._annotate(level, told.first[0], title, _message(told))
        print(_counts(summary), file=self._out)

    def _annotate(self, level: str, line: int, title: str, message: str) -> None:
        properties = f"file={_property(self._file)},line={line},title={_property(title)}"
        print(_encodable(f"::{level} {properties}::{_escaped(message)}", self._out), file=self._out)


class JsonReport:
    """One JSON document: every row with findings or a fault, then the summary by code."""

    def __init__(self, file: str, out: TextIO) -> None:
        self._out = out
        self._before = f'{{"file":{json.dumps(file)},"rows":['

    def row(self, row: Checked) -> None:
        """Write a row that has something to say."""
        if row.findings or row.fault is not None or row.outcome.kind != "ok":
            self._out.write(f"{self._before}\n{json.dumps(_row_json(row))}")
            self._before = ","

    def end(self, summary: Summary) -> None:
        """Close the document."""
        opening = "" if self._before == "," else self._before
        self._out.write(f'{opening}\n],"summary":{json.dumps(_summary_json(summary))}}}\n')


REPORTS: Mapping[str, Callable[[str, TextIO], Report]] = {
    "text": TextReport,
    "json": JsonReport,
    "github": GithubReport,
}


def _summary_lines(summary: Summary, style: Style) -> Iterator[str]:
    for line, fault in summary.first_faults:
        yield style.loud(f"line {line}: {printable(fault.detail)}")
    if summary.faults > len(summary.first_faults):
        yield f"and {summary.faults - len(summary.first_faults):,} more rows that cannot be read or rendered"
    for code, severity, seen in summary.kinds():
        yield style.loud(f"{code} {severity}: {_TITLES.get(code, code)} ({_rows(seen.rows)})")
        yield from _first_sentences(seen, style)
    yield _counts(summary)


def _first_sentences(seen: Seen, style: Style) -> Iterator[str]:
    told = list(seen.told.values())
    for row in told:
        yield f"  {_lines(row.rows, row.first)}: {printable(row.finding.sentence)}"
    if seen.untold:
        yield style.quiet(f"  and {_rows(seen.untold)} more")
    for line_of_fix in (told[0].finding.fix or "").splitlines():
        yield style.quiet(f"  fix: {printable(line_of_fix)}")


def _message(told: Told) -> str:
    """An annotation's text: it stands at the first row, and names the others of which the same is said."""
    fix = f"\nFix: {told.finding.fix}" if told.finding.fix else ""
    same = f"\nThe same in {_lines(told.rows, told.first)}." if told.rows > 1 else ""
    return f"{told.finding.sentence}{same}{fix}"


def _lines(rows: int, first: Sequence[int]) -> str:
    """Some rows by the first of their lines.

    >>> _lines(15, [1, 2, 5])
    'lines 1, 2, 5 and 12 more'
    """
    if rows == 1:
        return f"line {first[0]}"
    more = rows - len(first)
    shown = first if more else first[:-1]
    last = f"{more:,} more" if more else str(first[-1])
    return f"lines {', '.join(map(str, shown))} and {last}"


def _counts(summary: Summary) -> str:
    """One sentence.

    >>> _counts(Summary(rows=2, faults=1))
    '2 rows: none with errors, warnings or notes; 1 cannot be read or rendered.'
    """
    plural = {"error": "errors", "warning": "warnings", "note": "notes"}
    counts = [f"{n:,} with {plural[s]}" for s in plural if (n := summary.by_severity[s])]  # type: ignore[index]
    told = [", ".join(counts) or "none with errors, warnings or notes"]
    told += [f"{n:,} left out by the framework" for n in [summary.outcomes["dropped"]] if n]
    told += [f"the framework raises on {n:,}" for n in [summary.outcomes["error"]] if n]
    told += [f"{n:,} cannot be read or rendered" for n in [summary.faults] if n]
    return f"{_rows(summary.rows)}: {'; '.join(told)}."


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _row_json(row: Checked) -> dict[str, Any]:
    return {
        "line": row.line,
        "outcome": None if row.fault is not None else asdict(row.outcome),
        "fault": None if row.fault is None else _fault_json(row.fault),
        "findings": [asdict(finding) for finding in row.findings],
    }


def _fault_json(fault: LossmaskError) -> dict[str, str]:
    return {"code": fault.code, "title": fault.title, "detail": fault.detail}


def _summary_json(summary: Summary) -> dict[str, Any]:
    return {
        "rows": summary.rows,
        "with_findings": summary.affected,
        "faults": summary.faults,
        "outcomes": dict(summary.outcomes),
        "severities": dict(summary.by_severity),
        "codes": [
            {
                "code": code,
                "severity": severity,
                "title": _TITLES.get(code, code),
                "rows": seen.rows,
                "first": seen.first,
                "sentences": [
                    {"sentence": told.finding.sentence, "rows": told.rows, "first": told.first}
                    for told in seen.told.values()
                ],
            }
            for code, severity, seen in summary.kinds()
        ],
    }


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _encodable(line: str, out: TextIO) -> str:
    """The line as the stream can write it."""
    encoding = out.encoding or "utf-8"
    return line.encode(encoding, "replace").decode(encoding)
