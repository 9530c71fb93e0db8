"""A matrix as lines of text: one rule a line, its strip in characters of one scale, then its verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from ..core.matrix import ASPECTS, Aspect, Matrix, MatrixRow, StripRun, StripState, Verdict
from ..strategies.registry import STRATEGIES
from .terminal import Style, printable

WIDTH = 40
"""Characters of a strip; fewer tokens take one character each."""

_STATES: tuple[StripState, ...] = get_args(StripState)
_MASKED, _TRAINED = _STATES.index("masked"), _STATES.index("trained")
_SIGNS = {True: "█▄▁·", False: "#+-."}
"""Trained, trained in part, masked, absent; where the terminal has Unicode and where it has not."""

_HEADS: dict[Aspect, str] = {
    "header": "header",
    "end_of_turn": "end of turn",
    "newline": "newline",
    "thinking": "thinking",
    "tool_call": "tool call",
    "history": "history",
}
_WORDS: dict[Verdict, str] = {"yes": "yes", "no": "no", "partly": "partly", "absent": "-"}
_VERBS = {"dropped": "drops the row", "error": "raises"}
_NAMES = max(len(name) for name in STRATEGIES)


def lines(matrix: Matrix, style: Style) -> Iterator[str]:
    """The table, every refusal with its reason, and what the signs mean."""
    width = min(WIDTH, max(matrix.tokens, len("tokens")))
    yield style.loud(_line("rule", f"{'tokens':<{width}}", "trained", "of", _HEADS.values()))
    rows = {row.strategy: row for row in matrix.rows}
    missing = {row.strategy: row.reason for row in matrix.missing}
    for name in STRATEGIES:
        if name in rows:
            yield from _row(rows[name], matrix.tokens, width, style)
        elif name in missing:
            yield printable(f"{name:<{_NAMES}}  {missing[name]}")
    yield style.quiet(_legend(style))


def _legend(style: Style) -> str:
    words = ("trained", "trained in part", "masked", "not in the framework's row")
    signs = "  ".join(f"{sign} {word}" for sign, word in zip(_SIGNS[style.unicode], words, strict=True))
    return f"{signs}; the columns tell of the assistant's turns"


def _row(row: MatrixRow, tokens: int, width: int, style: Style) -> Iterator[str]:
    if row.outcome.kind != "ok":
        yield printable(f"{row.strategy:<{_NAMES}}  {_VERBS[row.outcome.kind]}: {row.outcome.reason}")
        return
    drawn = "".join(_drawn(row.runs, tokens, width, _SIGNS[style.unicode]))
    words = [_WORDS[row.aspects[aspect]] for aspect in ASPECTS]
    yield _line(row.strategy, f"{drawn:<{width}}", str(row.trained - row.unused), str(row.tokens), words)
    for note in filter(None, (row.remark, row.notice)):
        yield style.quiet(printable(f"{'':<{_NAMES}}  {note}"))


def _line(name: str, strip: str, trained: str, tokens: str, cells: Iterable[str]) -> str:
    columns = zip(cells, _HEADS.values(), strict=True)
    words = "  ".join(f"{word:<{len(head)}}" for word, head in columns)
    return f"{name:<{_NAMES}}  {strip}  {trained:>7}  {tokens:>6}  {words}".rstrip()


def _drawn(runs: Sequence[StripRun], tokens: int, width: int, signs: str) -> Iterator[str]:
    """A sign for each equal share of the tokens."""
    states = [_STATES.index(run.state) for run in runs]
    column = np.repeat(states, [run.end - run.start for run in runs])
    edges = np.linspace(0, tokens, min(width, tokens) + 1).astype(int)
    for start, end in pairwise(edges):
        yield _sign(column[start:end], signs)


def _sign(states: NDArray[np.intp], signs: str) -> str:
    trained = states == _TRAINED
    if trained.any():
        return signs[0] if trained.all() else signs[1]
    return signs[2] if (states == _MASKED).any() else signs[3]
