"""The result of one analysis, put together for the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...core.analysis import Analysis, ExampleAnalysis
from ...core.conversation import Conversation
from ..forms import AnalysisForm
from .boundaries import Boundaries, boundaries
from .columns import TRAINED_STATE, StateColumn, count, states
from .differences import Differences, difference_views
from .drawing import Drawing, DrawnToken, drawn
from .findings import Findings, Marks, Place, Shown, finding_views, findings_of, grades
from .island import JSON, island
from .lens import LensView, lens_classes, lens_view
from .predictions import Predictions
from .shift import ShiftView, shift_view
from .strip import Band, Mark, Strip, marks_within, minimap, strip
from .table import PAGE_ROWS, Row, table_rows
from .turn_table import TurnTable, turn_table
from .turns import TurnView, turn_views
from .verdict import Verdict, verdict

PAGE_TOKENS = 32_000
"""Tokens that are drawn at once; further ones are a page away."""

MINIMAP_FROM = 300

PICKED = 9
"""Examples that are offered at once."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Which tokens are drawn: page `number` of `count`, tokens `start` to `end` of `total`."""

    number: int
    count: int
    start: int
    end: int
    total: int
    drawable: int


@dataclass(frozen=True, slots=True)
class ExampleChoice:
    """One of several examples that a rule makes of the conversation."""

    number: int
    chosen: bool
    title: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """One example of an analysis."""

    analysis: Analysis
    analysed: ExampleAnalysis
    number: int
    pages: Pages
    verdict: Verdict
    strip: Strip
    turns: tuple[TurnView, ...]
    bands: tuple[Band, ...]
    boundaries: Boundaries
    rows: tuple[Row, ...]
    island: JSON
    drawing: Drawing
    findings: Findings
    turn_table: TurnTable
    lens: LensView
    shift: ShiftView | None
    differences: Differences | None = None
    asked: int | None = None
    """The token that the form asks to go to in the text, where it is drawn."""

    @property
    def page_marks(self) -> tuple[Mark, ...]:
        """Marks of errors and warnings on the tokens that are drawn, counted from the first of them."""
        return marks_within(self.strip.marks, self.pages.start, self.pages.end)

    def place_tokens(self, place: Place) -> Iterable[DrawnToken]:
        """The first token of a place, with its states where this page draws it."""
        if place.turn is not None:
            return self.drawing.tokens(place.start, place.start + 1)
        example = self.analysis.examples[0].example
        return drawn(example.rendering.text, example.tokens, place.start, place.start + 1)

    def turn_of(self, token: int) -> int | None:
        """The row that draws a token of this example."""
        return Shown(self.turns).turn_of(token)

    @property
    def examples(self) -> tuple[ExampleChoice, ...]:
        """The examples that can be picked: all, or those around the one shown."""
        first = max(0, min(self.number - PICKED // 2, len(self.analysis.examples) - PICKED))
        shown = self.analysis.examples[first : first + PICKED]
        return tuple(
            ExampleChoice(number, number == self.number, _trained(example))
            for number, example in enumerate(shown, start=first)
        )

    def says(self, code: str) -> bool:
        """Whether a finding has this code."""
        return any(finding.code == code for finding in self.analysis.findings)

    @property
    def table_is_whole(self) -> bool:
        return self.pages.end - self.pages.start <= PAGE_ROWS

    @property
    def ids(self) -> str:
        return _array(self.analysed.example.tokens.ids.tolist())

    @property
    def labels(self) -> str:
        return _array(self.analysed.example.labels.tolist())

    @property
    def weighted(self) -> bool:
        """Whether some weight is neither 0 nor 1."""
        weights = self.analysed.example.weights
        return bool(((weights != 0) & (weights != 1)).any())

    @property
    def weights(self) -> str:
        return _array(self.analysed.example.weights.tolist())

    @property
    def folded(self) -> bool:
        return any(block.folded for turn in self.turns for block in turn.blocks)


def result_view(
    analysis: Analysis, conversation: Conversation, form: AnalysisForm, drawn_tokens: int
) -> ResultView:
    """The example and the page of tokens that the form asks for; `drawn_tokens` is the limit of all pages.

    The analysis has at least one example.
    """
    number = min(form.example, len(analysis.examples) - 1)
    analysed = analysis.examples[number]
    column = states(analysed.example)
    found = findings_of(analysis, analysed)
    graded = grades(found, len(column))
    pages = _pages(len(column), _page(form), drawn_tokens)
    turns = turn_views(analysed, column, conversation, pages.start, pages.end)
    drawing = _drawing(analysis, analysed, column, graded > 0, pages)
    predictions = Predictions(analysed, column, drawing, conversation, pages.start, pages.end)
    return ResultView(
        analysis=analysis,
        analysed=analysed,
        number=number,
        pages=pages,
        verdict=verdict(analysis, analysed, column, conversation),
        strip=strip(column, graded),
        turns=turns,
        bands=minimap(turns) if pages.end - pages.start >= MINIMAP_FROM else (),
        boundaries=boundaries(column, pages.start, pages.end),
        rows=table_rows(analysis, analysed, column, pages.start, pages.end),
        island=island(analysis, analysed, column, conversation, pages.start, pages.end),
        drawing=drawing,
        findings=finding_views(analysis.findings, _shown(analysis, number, turns, drawn_tokens)),
        turn_table=turn_table(analysed, turns),
        lens=lens_view(analysis, analysed, form),
        shift=shift_view(predictions, form.token, pages.drawable, form.view == "shift"),
        differences=difference_views(analysed),
        asked=form.token if form.view == "text" and form.token in range(pages.start, pages.end) else None,
    )


def _page(form: AnalysisForm) -> int:
    return form.page if form.token is None else 1 + form.token // PAGE_TOKENS


def _shown(analysis: Analysis, number: int, turns: Sequence[TurnView], drawn_tokens: int) -> Shown:
    first = analysis.examples[0].example
    return Shown(turns, number == 0, min(len(first.tokens), drawn_tokens))


def _trained(example: ExampleAnalysis) -> str:
    column = states(example.example)
    return f"{int((column == TRAINED_STATE).sum()):,} of {count(len(column), 'token')} trained"


def _drawing(
    analysis: Analysis, analysed: ExampleAnalysis, column: StateColumn, marked: Marks, pages: Pages
) -> Drawing:
    classes = lens_classes(analysis, analysed)
    return Drawing.of(analysed.example, column, marked, pages.start, pages.end, classes)


def _pages(total: int, wanted: int, drawn_tokens: int) -> Pages:
    """The page that was asked for, or the last there is.

    >>> _pages(total=40_000, wanted=2, drawn_tokens=128_000)
    Pages(number=2, count=2, start=32000, end=40000, total=40000, drawable=40000)
    """
    drawable = min(total, drawn_tokens)
    last = max(1, -(-drawable // PAGE_TOKENS))
    number = min(max(wanted, 1), last)
    start = (number - 1) * PAGE_TOKENS
    return Pages(number, last, start, min(drawable, start + PAGE_TOKENS), total, drawable)


def _array(values: list[int] | list[float]) -> str:
    return f"[{', '.join(map(str, values))}]"
