"""One step of a lesson as the page shows it: the main page's own view of its state, with tokens outlined.

Hooks for whoever shows it in another way: `StepView` has the step's number, its neighbours, its notes and
the positions pointed at; nothing in it depends on where on the page it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from markupsafe import Markup

from ...core.analysis import Analysis
from ...core.parsing import parse
from ...lessons.figures import Figures, figures, holds
from ...lessons.lesson import Lesson, Question, Step
from ...lessons.pointing import pointed, shown_example
from ...lessons.sentences import html, line_html
from ...tokenization.glyphs import visible
from .columns import STATE_NAMES, StateColumn, states
from .drawing import Drawing, DrawnToken
from .page import PageView
from .predictions import Predictions
from .result import ResultView
from .shift import ShiftView, shift_view

POINTED = "p"
"""Class of a token that is pointed at; `p-N` is that of the first of point N."""
MOST_DRAWN = 6


@dataclass(frozen=True, slots=True)
class StepLink:
    """One step of the progress bar."""

    number: int
    heading: str
    href: str
    state: str
    """`done`, `here` or `ahead`."""


@dataclass(frozen=True, slots=True)
class PointView:
    """Tokens pointed at: their positions, the first few drawn, and what becomes of them."""

    number: int
    positions: tuple[int, ...]
    drawn: tuple[DrawnToken, ...]
    turn: int | None
    says: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    number: int
    html: Markup
    chosen: bool
    right: bool


@dataclass(frozen=True, slots=True)
class QuestionView:
    """`given` is the number of the answer that was checked, from 1, or None."""

    html: Markup
    answers: tuple[AnswerView, ...]
    given: int | None
    right: bool
    why: Markup


@dataclass(frozen=True, slots=True)
class StepView:
    """Step `number`, from 1, of a lesson."""

    lesson: Lesson
    number: int
    heading: str
    html: Markup
    notes: Markup
    points: tuple[PointView, ...]
    question: QuestionView | None
    links: tuple[StepLink, ...]
    previous: str | None
    next: str | None
    doubts: tuple[str, ...]
    """What is said and does not hold here, since a template or a tokenizer changed."""
    kept: Mapping[str, str]
    """Parameters of the address that go along from step to step."""

    @property
    def positions(self) -> tuple[int, ...]:
        """Every token pointed at, in the order of the points."""
        return tuple(position for point in self.points for position in point.positions)


def step_view(
    lesson: Lesson,
    number: int,
    page: PageView,
    before: Analysis | None,
    answer: int | None,
    kept: Mapping[str, str],
) -> tuple[StepView, PageView]:
    """The step, and its page with the tokens outlined; `before` is the analysis of the step before."""
    step = lesson.steps[number - 1]
    found = _figures(lesson, number, page.analysis, before)
    points = _points(step, page)
    view = StepView(
        lesson=lesson,
        number=number,
        heading=step.heading,
        html=Markup(visible(html(step.text, found))),
        notes=Markup(visible(html(step.notes, found))),
        points=points,
        question=None if step.question is None else _question(step.question, found, answer),
        links=_links(lesson, number, kept),
        previous=_href(lesson, number - 1, kept) if number > 1 else None,
        next=_href(lesson, number + 1, kept) if number < len(lesson.steps) else None,
        doubts=tuple(_doubts(step, found, points)) if page.analysis else (),
        kept=kept,
    )
    return view, outlined(page, points)


def outlined(page: PageView, points: Sequence[PointView]) -> PageView:
    """The page whose tokens pointed at have the class that outlines them."""
    if page.result is None:
        return page
    result = page.result
    drawing = result.drawing
    classes = list(drawing.classes)
    for point in points:
        for place, position in enumerate(point.positions):
            at = position - drawing.start
            if 0 <= at < len(classes):
                added = f"{POINTED} {POINTED}-{point.number}" if place == 0 else POINTED
                classes[at] = f"{classes[at]} {added}".strip()
    marked = replace(result, drawing=replace(drawing, classes=classes))
    return replace(page, result=replace(marked, shift=_shift(page, marked, points)))


def _shift(page: PageView, result: ResultView, points: Sequence[PointView]) -> ShiftView | None:
    """The Shift view around the first token pointed at, unless the reader asked for another."""
    at = next((position for point in points for position in point.positions), None)
    if at is None or page.form.token is not None:
        return result.shift
    analysed, pages, conversation = result.analysed, result.pages, parse(page.form.conversation).conversation
    column = states(analysed.example)
    predictions = Predictions(analysed, column, result.drawing, conversation, pages.start, pages.end)
    shift = shift_view(predictions, at, pages.drawable)
    # Whoever pins a token gets the keyboard there; a lesson keeps it for its steps.
    return None if shift is None else replace(shift, pinned=False)


def _figures(lesson: Lesson, number: int, analysis: Analysis | None, before: Analysis | None) -> Figures:
    if analysis is None:
        return {}
    earlier = None if before is None else (lesson.steps[number - 2], before)
    return figures(lesson.steps[number - 1], analysis, earlier)


def _points(step: Step, page: PageView) -> tuple[PointView, ...]:
    analysed = shown_example(step, page.analysis) if page.analysis else None
    result = page.result
    if analysed is None or result is None or result.analysed is not analysed:
        return ()
    found = ((number, pointed(point, analysed)) for number, point in enumerate(step.points, start=1))
    column = states(analysed.example)
    return tuple(
        PointView(
            number,
            positions,
            tuple(_drawn(result.drawing, positions)),
            result.turn_of(positions[0]) if positions else None,
            _says(positions, column),
        )
        for number, positions in found
    )


def _drawn(drawing: Drawing, positions: Sequence[int]) -> list[DrawnToken]:
    last = drawing.start + len(drawing.classes)
    shown = [position for position in positions if drawing.start <= position < last][:MOST_DRAWN]
    return [token for position in shown for token in drawing.tokens(position, position + 1)]


def _says(positions: Sequence[int], column: StateColumn) -> str:
    """Where they are and what becomes of them: `position 41, trained`."""
    if not positions:
        return "no such token here"
    run = positions[-1] - positions[0] + 1 == len(positions) > 1
    where = f"{positions[0]} to {positions[-1]}" if run else ", ".join(map(str, positions[:MOST_DRAWN]))
    noun = "position" if len(positions) == 1 else "positions"
    found = {STATE_NAMES[state] for state in column[list(positions)].tolist()}
    state = found.pop() if len(found) == 1 else "trained in part"
    return f"{noun} {where}, {state}"


def _question(question: Question, found: Figures, answer: int | None) -> QuestionView:
    given = answer if answer is not None and 1 <= answer <= len(question.answers) else None
    answers = tuple(
        AnswerView(i + 1, Markup(visible(line_html(text, found))), given == i + 1, i == question.right)
        for i, text in enumerate(question.answers)
    )
    return QuestionView(
        Markup(visible(line_html(question.ask, found))),
        answers,
        given,
        given == question.right + 1,
        Markup(visible(line_html(question.why, found))),
    )


def _links(lesson: Lesson, number: int, kept: Mapping[str, str]) -> tuple[StepLink, ...]:
    states = ["done"] * (number - 1) + ["here"] + ["ahead"] * (len(lesson.steps) - number)
    return tuple(
        StepLink(i, step.heading, _href(lesson, i, kept), state)
        for i, (step, state) in enumerate(zip(lesson.steps, states, strict=True), start=1)
    )


def _href(lesson: Lesson, number: int, kept: Mapping[str, str]) -> str:
    return f"/lessons/{lesson.name}?{urlencode({'step': number, **kept})}"


def _doubts(step: Step, found: Figures, points: Sequence[PointView]) -> list[str]:
    absent = [f"point {point.number} finds no token" for point in points if not point.positions]
    return [*absent, *(claim for claim in step.claims if not holds(claim, found))]
