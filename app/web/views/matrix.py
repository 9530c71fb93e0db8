"""Every masking rule at a glance: strips as paths in token units, and each verdict as a sign and a word."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from ...core.matrix import Aspect, Matrix, MatrixRow, MissingRow, StripRun, StripState, TurnSpan, Verdict
from ...strategies.base import Strategy
from ...strategies.registry import STRATEGIES
from .columns import count, percent, runs

MOST_RUNS = 600
"""Runs of a strip above which neighbouring tokens are drawn as one."""
MOST_TURNS = 60
"""Turns above which their edges would cover the strip."""
NAMED_FROM = 6.0
"""Share of the strip, in percent, from which a turn has room for its name."""

Kind: TypeAlias = Literal["ok", "dropped", "error", "missing"]

_STATES: tuple[StripState, ...] = get_args(StripState)
_BARS: dict[StripState, str] = {"absent": "v0", "masked": "v5", "trained": "v16"}
_TOPS: dict[StripState, int] = {"absent": 15, "masked": 13, "trained": 2}

ASPECT_TITLES: dict[Aspect, tuple[str, str]] = {
    "header": ("header", "The header of the assistant's turns, which the generation prompt supplies."),
    "end_of_turn": (
        "end of turn",
        "The token that ends the assistant's turns: without it, no stop is learnt.",
    ),
    "newline": ("newline", "What the template writes after the end of the assistant's turns."),
    "thinking": ("thinking", "Thinking blocks."),
    "tool_call": ("tool call", "Calls of tools."),
    "history": ("history", "The assistant's turns before the last one."),
}

VERDICTS: dict[Verdict, tuple[str, str]] = {
    "yes": ("✓", "yes"),
    "no": ("✕", "no"),
    "partly": ("◐", "partly"),
    "absent": ("\N{EN DASH}", "none"),
}


@dataclass(frozen=True, slots=True)
class AspectView:
    """One cell: whether a part of the assistant's turns trains."""

    title: str
    verdict: Verdict

    @property
    def sign(self) -> str:
        return VERDICTS[self.verdict][0]

    @property
    def word(self) -> str:
        return VERDICTS[self.verdict][1]


@dataclass(frozen=True, slots=True)
class MatrixRowView:
    """One masking rule; `paths` draw its strip, one for each state, empty where it does not occur."""

    strategy: Strategy
    chosen: bool
    kind: Kind
    reason: str = ""
    tokens: int = 0
    trained: int = 0
    share: str = ""
    aspects: tuple[AspectView, ...] = ()
    paths: Mapping[StripState, str] | None = None
    sentence: str = ""
    changed: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnMark:
    """A turn above the strip, in percent of its width; `name` is empty where there is no room."""

    x: float
    width: float
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class MatrixView:
    """The table. `found` are options that the matrix worked out, by the name of the form's field."""

    tokens: int
    turns: tuple[TurnMark, ...]
    edges: str
    rows: tuple[MatrixRowView, ...]
    found: tuple[tuple[str, str], ...] = ()


def matrix_view(matrix: Matrix, chosen: str) -> MatrixView:
    """The matrix with its rows in the order of the registry; `chosen` is the form's strategy."""
    made: dict[str, MatrixRow | MissingRow] = {row.strategy: row for row in matrix.rows}
    made |= {row.strategy: row for row in matrix.missing}
    drawn = matrix.turns if len(matrix.turns) <= MOST_TURNS else ()
    return MatrixView(
        tokens=matrix.tokens,
        turns=tuple(_turn(turn, matrix.tokens) for turn in drawn),
        edges=_edges(drawn, matrix.tokens),
        rows=tuple(
            _row(rule, made[name], matrix.tokens, name == chosen)
            for name, rule in STRATEGIES.items()
            if name in made
        ),
        found=tuple(_found(matrix.rows)),
    )


def _turn(turn: TurnSpan, tokens: int) -> TurnMark:
    width = 100 * (turn.end - turn.start) / tokens
    title = f"{turn.role}, {count(turn.end - turn.start, 'token')}"
    name = turn.role if width >= NAMED_FROM else ""
    return TurnMark(round(100 * turn.start / tokens, 3), round(width, 3), name, title)


def _edges(turns: Sequence[TurnSpan], tokens: int) -> str:
    """A line wherever a turn begins or ends."""
    places = sorted({place for turn in turns for place in (turn.start, turn.end)} - {0, tokens})
    return "".join(f"M{place} 0v20" for place in places)


def _row(rule: Strategy, made: MatrixRow | MissingRow, tokens: int, chosen: bool) -> MatrixRowView:
    if isinstance(made, MissingRow):
        return MatrixRowView(rule, chosen, "missing", made.reason)
    changed = _changed(rule, made.options)
    if made.outcome.kind != "ok":
        return MatrixRowView(rule, chosen, made.outcome.kind, made.outcome.reason or "", changed=changed)
    # As the verdict of the main page counts: a label that no prediction uses trains nothing.
    trained = made.trained - made.unused
    stretches = sum(run.state == "trained" for run in made.runs)
    return MatrixRowView(
        strategy=rule,
        chosen=chosen,
        kind="ok",
        tokens=made.tokens,
        trained=trained,
        share=percent(trained, made.tokens),
        aspects=tuple(
            AspectView(title, made.aspects[aspect]) for aspect, (title, _) in ASPECT_TITLES.items()
        ),
        paths=_paths(made.runs, tokens),
        sentence=f"{trained:,} of {count(made.tokens, 'token')} trained, "
        f"in {count(stretches, 'stretch', 'stretches')}",
        changed=changed,
        remarks=tuple(_remarks(made)),
    )


def _remarks(row: MatrixRow) -> Iterator[str]:
    if row.remark:
        yield row.remark
    if row.notice:
        yield row.notice
    added = sum(insertion.tokens for insertion in row.insertions)
    if added and not row.notice:
        yield f"{count(added, 'token')} added that the rendering does not have."


def _changed(rule: Strategy, options: Mapping[str, Any]) -> str:
    """Options that are not at their default, as a person reads them."""
    given = ((option, options.get(option.name, option.default)) for option in rule.options)
    return ", ".join(
        f"{option.name}: {json.dumps(value, ensure_ascii=False)}"
        for option, value in given
        if _plain(value) != _plain(option.default)
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _paths(found: Sequence[StripRun], tokens: int) -> dict[StripState, str]:
    """One path for each state: bars of its height, so that shape tells the states apart."""
    drawn = found if len(found) <= MOST_RUNS else _coarse(found, tokens)
    paths: dict[StripState, str] = dict.fromkeys(_STATES, "")
    for run in drawn:
        width = run.end - run.start
        bar = f"M{run.start} {_TOPS[run.state]}h{width}{_BARS[run.state]}h-{width}z"
        paths[run.state] += bar
    return paths


def _coarse(found: Sequence[StripRun], tokens: int) -> list[StripRun]:
    """So few columns of tokens that each can be seen; a column with a trained token is trained."""
    lengths = [run.end - run.start for run in found]
    column = np.repeat([_STATES.index(run.state) for run in found], lengths).astype(np.uint8)
    step = -(-tokens // MOST_RUNS)
    highest = np.maximum.reduceat(column, np.arange(0, tokens, step))
    wide = np.repeat(highest, step)[:tokens]
    return [StripRun(start, end, _STATES[value]) for start, end, value in runs(wide)]


def _found(rows: Sequence[MatrixRow]) -> Iterator[tuple[str, str]]:
    """Options of a row with a remark, which says that they were worked out."""
    for row in rows:
        if row.remark is None or row.outcome.kind != "ok":
            continue
        for option in STRATEGIES[row.strategy].options:
            value = row.options.get(option.name, option.default)
            if isinstance(value, str) and value != option.default:
                yield f"{row.strategy}.{option.name}", value
