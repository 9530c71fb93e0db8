"""A saved analysis as files show it: sentences, turns, findings and settings out of the page's own views.

Covered: what a file of text or a picture shows (`sheet_of`), and what the page that opens
without a server shows (`file_view`). Not covered: the figures, which the CSV and the JSON have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import urlsplit

from ...core.analysis import Analysis, ExampleAnalysis
from ...core.digest import digest
from ...core.files import Body, Sheet
from ...core.files.sheet import DrawnToken, SheetExample, SheetFinding, SheetTurn
from ...core.state.fragment import fragment_of
from ...errors import LinkError
from ..share import form_of
from .columns import STATE_NAMES, StateColumn, states
from .drawing import Drawing, Segment
from .findings import finding_views, findings_of, marks
from .result import PAGE_TOKENS, ResultView, result_view
from .turn_table import COLUMNS, TurnRow, turn_table
from .turns import TurnView, turn_views
from .verdict import verdict

MOST_LINK = 8_000
"""Characters of a link that is offered, as in the dialog for sharing."""

MOST_EXAMPLES = 20
"""Examples that a page without a server draws."""

MOST_VALUE = 200
"""Characters of a setting."""

Draw: TypeAlias = Callable[[int, int], Sequence[DrawnToken]]
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PARTS = tuple(title for _, title in COLUMNS)


@dataclass(frozen=True, slots=True)
class FileView:
    """What `file.html` draws: the first examples, the first tokens of each, and how many examples more."""

    sheet: Sheet
    results: tuple[ResultView, ...]
    more_examples: int


def sheet_of(body: Body, address: str | None = None) -> Sheet:
    """The analysis in words and drawn tokens; `address` is that of the server which a link leads to."""
    analysis = body.analysis
    return Sheet(
        examples=tuple(_example(body, one) for one in analysis.examples),
        parts=_PARTS,
        findings=tuple(_findings(analysis)),
        settings=tuple(_settings(body)),
        versions=tuple(analysis.versions.items()),
        digest=digest(analysis),
        link=link_of(body, address),
        refusal=_refusal(analysis),
        local=address is not None and urlsplit(address).hostname in _LOOPBACK,
    )


def link_of(body: Body, address: str | None) -> str | None:
    """The portable link of what the file was made from; None where it is too long to be offered."""
    try:
        link = f"{(address or '').rstrip('/')}{'/' if address else ''}#{fragment_of(body.state)}"
    except LinkError:
        return None
    return link if len(link) <= MOST_LINK else None


def file_view(body: Body, address: str | None = None) -> FileView:
    """The page that opens without a server."""
    analysis, form = body.analysis, form_of(body.state)
    shown = range(min(len(analysis.examples), MOST_EXAMPLES))
    plain = replace(form, page=1, lens="label", shared=None)
    results = tuple(
        result_view(analysis, body.conversation, replace(plain, example=number), PAGE_TOKENS)
        for number in shown
    )
    return FileView(sheet_of(body, address), results, len(analysis.examples) - len(shown))


def _example(body: Body, one: ExampleAnalysis) -> SheetExample:
    column = states(one.example)
    turns = turn_views(one, column, body.conversation, 0, len(column))
    rows = {row.turn.start: row for row in turn_table(one, turns).rows}
    return SheetExample(
        verdict=verdict(body.analysis, one, column, body.conversation).sentence,
        turns=tuple(_turn(turn, rows.get(turn.start)) for turn in turns),
        cut=one.example.cut_tokens,
        draw=_pen(body.analysis, one, column),
    )


def _turn(turn: TurnView, row: TurnRow | None) -> SheetTurn:
    number = None if turn.message is None else turn.message + 1
    cells = () if row is None else row.cells
    parts = tuple("" if cell.verdict == "absent" else cell.verdict for cell in cells)
    return SheetTurn(turn.role, number, turn.length, turn.trained, parts, turn.start)


def _pen(analysis: Analysis, one: ExampleAnalysis, column: StateColumn) -> Draw:
    marked = marks(findings_of(analysis, one), len(column))
    special = one.example.tokens.special

    def draw(start: int, end: int) -> list[DrawnToken]:
        drawing = Drawing.of(one.example, column, marked, start, end)
        columns = zip(
            drawing.tokens(start, end),
            column[start:end].tolist(),
            special[start:end].tolist(),
            marked[start:end].tolist(),
            strict=True,
        )
        return [
            DrawnToken(
                _shown(segments, tail), _plain(segments, tail), STATE_NAMES[state], is_special, is_marked
            )
            for (_, segments, tail), state, is_special, is_marked in columns
        ]

    return draw


def _shown(segments: Sequence[Segment], tail: str) -> str:
    return "".join(text for _, text in segments) + tail


def _plain(segments: Sequence[Segment], tail: str) -> str:
    """Spaces as they are; other signs of what is unseen stay, since nothing else would tell of it."""
    drawn = (text.replace("\u00b7", " ") if kind == "g" else text for kind, text in segments)
    return "".join(drawn) + tail


def _findings(analysis: Analysis) -> Iterator[SheetFinding]:
    found = finding_views(analysis.findings)
    for view in (*found.urgent, *found.notes):
        at = tuple(place.name for place in view.places)
        more = (f"{view.more:,} more places",) if view.more else ()
        sentence = f"{view.title} {view.sentence}" if view.title else view.sentence
        yield SheetFinding(view.severity, view.code, sentence, view.fix, (*at, *more))


def _refusal(analysis: Analysis) -> str | None:
    if analysis.outcome.kind == "ok":
        return None
    verb = "leaves this row out" if analysis.outcome.kind == "dropped" else "raises on this row"
    return f"{analysis.strategy.framework} {verb}: {analysis.outcome.reason or ''}"


def _settings(body: Body) -> Iterator[tuple[str, str]]:
    """What was chosen, defaults left out where they say nothing."""
    analysis, state = body.analysis, body.state
    tokenizer, rule = analysis.tokenizer, analysis.strategy
    yield "tokenizer", _joined(tokenizer.name, _short("revision", tokenizer.revision))
    if tokenizer.loader != "auto":
        yield "tokenizer loader", tokenizer.loader
    name = "none" if analysis.template is None else analysis.template.name
    yield "chat template", _joined(name, _short("sha256", tokenizer.template_sha256))
    for argument, value in state.template_arguments.items():
        yield f"template argument {argument}"[:MOST_VALUE], _value(value)
    yield "masking rule", _joined(rule.name, f"{rule.framework} {rule.version}".strip())
    for option, value in rule.options.items():
        if option in state.strategy.options:
            yield f"option {option}"[:MOST_VALUE], _value(value)
    yield "reduction", analysis.reduction.name
    if state.today is not None:
        yield "today", analysis.today.isoformat()


def _joined(first: str, second: str) -> str:
    return f"{first} ({second})" if second else first


def _short(what: str, value: str | None) -> str:
    return f"{what} {value[:12]}" if value else ""


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_VALUE else f"{text[:MOST_VALUE]}\u2026"
