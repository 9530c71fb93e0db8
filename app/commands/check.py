"""`lossmask check`: every row of a JSONL file through the workers, and what is wrong with their masks.

Rows are read, analysed and forgotten as they come, so that the file may be of any length.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from ..core.request import AnalysisRequest
from ..engine import worker
from ..engine.pool import EnginePool
from ..errors import LossmaskError, OptionError, TokenizerError
from ..findings.registry import RULES, rules_of
from ..settings import SETTINGS, Settings
from ..strategies.registry import strategy
from .check_reports import REPORTS, Report
from .checked import Checked, Summary
from .given import cannot_read, plain, with_files, with_flags
from .progress import Bar
from .rows import Row, rows_of

_ANY_ROW: dict[str, Any] = {"conversation": [{"role": "user", "content": ""}]}
"""Stands for each row until it is read."""

_PATIENCE = 86_400
"""Seconds that a row may wait for a worker: nobody else's rows are before it."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is asked of every row, which codes count, and how many workers there are."""

    request: AnalysisRequest
    codes: frozenset[str]
    jobs: int

    @property
    def most(self) -> int:
        """Rows under way at once, so that no worker waits for the next."""
        return 2 * self.jobs


def check(given: Namespace, settings: Settings) -> int:
    """Run the command; gives the exit code."""
    try:
        plan = _Plan(_request(given), _codes(given), given.jobs)
        with ExitStack() as until:
            stream, size = _open(given.file, until)
            plan = replace(plan, request=with_files(plan.request, settings))
            bar = until.enter_context(Bar(sys.stderr, size))
            report = REPORTS[given.format](given.file, sys.stdout)
            summary = asyncio.run(_run(plan, settings, stream, report, bar))
        report.end(summary)
    except LossmaskError as error:
        print(plain(error, given), file=sys.stderr)
        return 2
    return summary.exit_code(given.fail_on)


def _request(given: Namespace) -> AnalysisRequest:
    """What is asked of every row, with the masking rule's options checked before any is read."""
    request = AnalysisRequest.from_json(with_flags(dict(_ANY_ROW), given))
    strategy(request.strategy.name).read_options(request.strategy.options)
    return request


def _codes(given: Namespace) -> frozenset[str]:
    """The codes that count: those selected, all where none is, without those ignored."""
    selected, ignored = _listed(given.select), _listed(given.ignore)
    for code in (*selected, *ignored):
        if not rules_of([code]):
            raise OptionError(f"No finding has a code that begins with {code!r}; see docs/findings.")
    without = {rule.code for rule in rules_of(ignored)} if ignored else set()
    return frozenset(rule.code for rule in (rules_of(selected) if selected else RULES)) - without


def _listed(given: list[str]) -> list[str]:
    return [code.strip().upper() for text in given for code in text.split(",") if code.strip()]


def _open(file: str, until: ExitStack) -> tuple[BinaryIO, int | None]:
    """A file to read, and its size where it is known."""
    if file == "-":
        return sys.stdin.buffer, None
    try:
        size = Path(file).stat().st_size
        return until.enter_context(open(file, "rb")), size
    except OSError as error:
        raise cannot_read(file, error) from None


async def _run(plan: _Plan, settings: Settings, stream: BinaryIO, report: Report, bar: Bar) -> Summary:
    summary = Summary()
    values = {setting.variable: settings.text(setting.name) for setting in SETTINGS}
    values |= {
        "LOSSMASK_WORKERS": str(plan.jobs),
        "LOSSMASK_QUEUE": str(plan.most - plan.jobs),
        "LOSSMASK_QUEUE_SECONDS": str(_PATIENCE),
    }
    async with EnginePool(Settings(values)) as engine:
        async for row in _checked(engine, plan, rows_of(stream)):
            summary.add(row)
            report.row(row)
            bar.show(row.read, f"{summary.rows:,} rows, {summary.affected:,} with findings")
    return summary


async def _checked(engine: EnginePool, plan: _Plan, rows: Iterable[Row]) -> AsyncIterator[Checked]:
    """Each row with its findings, in the order of the file."""
    waiting: deque[asyncio.Task[Checked]] = deque()
    try:
        for row in rows:
            waiting.append(asyncio.create_task(_row(engine, plan, row)))
            if len(waiting) == plan.most:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def _row(engine: EnginePool, plan: _Plan, row: Row) -> Checked:
    if isinstance(row.content, LossmaskError):
        return Checked(row.line, row.read, fault=row.content)
    try:
        request = replace(plan.request, conversation=row.content)
        outcome, findings = await engine.run(worker.check, request)
    except LossmaskError as error:
        if _is_of_all_rows(error):
            raise
        return Checked(row.line, row.read, fault=error)
    chosen = tuple(finding for finding in findings if finding.code in plan.codes)
    return Checked(row.line, row.read, outcome, chosen)


def _is_of_all_rows(error: LossmaskError) -> bool:
    """Whether the flags are at fault, so that every row would say the same."""
    if isinstance(error, TokenizerError):
        return error.code != "lone-surrogate"
    return isinstance(error, OptionError) or error.code in ("no-template", "unknown-template")
