"""A step's view: outlined tokens, links, what is said of tokens, the question, doubts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lossmask.core.parsing import parse
from lossmask.engine.analyse import analyse
from lossmask.lessons.lesson import Lesson, Point
from lossmask.lessons.registry import bundled_lessons
from lossmask.web.lessons import form_of_step
from lossmask.web.views.lesson import StepView, step_view
from lossmask.web.views.page import PageView, Surroundings, analysed_page

LESSON = next(lesson for lesson in bundled_lessons() if lesson.name == "when-to-stop")


def page_of(lesson: Lesson, number: int) -> PageView:
    step = lesson.steps[number - 1]
    form = form_of_step(step)
    around = Surroundings(("bundled",), 128_000)
    return analysed_page(form, parse(form.conversation), (), analyse(step.request()), around)


def seen(lesson: Lesson = LESSON, number: int = 2, answer: int | None = None) -> tuple[StepView, PageView]:
    page = page_of(lesson, number)
    before = analyse(lesson.steps[number - 2].request()) if number > 1 else None
    return step_view(lesson, number, page, before, answer, {"theme": "dark"})


def test_tokens_pointed_at_get_classes_and_nothing_else_changes() -> None:
    view, page = seen()
    plain = page_of(LESSON, 2)
    assert page.result is not None
    assert plain.result is not None
    (stop,) = view.positions
    for at, (was, now) in enumerate(
        zip(plain.result.drawing.classes, page.result.drawing.classes, strict=True)
    ):
        assert now == (f"{was} p p-1".strip() if at == stop else was)
    assert page.result.island == plain.result.island
    assert page.result.shift is not None
    assert page.result.shift.chosen.position == stop
    assert not page.result.shift.pinned


def test_what_is_said_of_points() -> None:
    view, _ = seen()
    assert view.points[0].says == f"position {view.positions[0]}, masked"
    both = replace(
        LESSON.steps[4], points=(Point("a", turn=2), Point("b", turn=7), Point("c", tokens=(1, 3)))
    )
    view, _ = seen(replace(LESSON, steps=(both,)), 1)
    assert [point.says.split(", ")[-1] for point in view.points] == [
        "trained in part",
        "no such token here",
        "masked",
    ]
    assert view.points[2].says == "positions 1 to 2, masked"
    assert view.doubts[0] == "point 2 finds no token"


def test_links() -> None:
    view, _ = seen()
    assert [link.state for link in view.links] == ["done", "here", *["ahead"] * 4]
    assert view.previous == "/lessons/when-to-stop?step=1&theme=dark"
    assert view.next == "/lessons/when-to-stop?step=3&theme=dark"
    assert seen(number=1)[0].previous is None
    assert seen(number=6)[0].next is None


@pytest.mark.parametrize(
    ("answer", "given", "right"), [(None, None, False), (1, 1, False), (2, 2, True), (9, None, False)]
)
def test_a_question(answer: int | None, given: int | None, right: bool) -> None:
    question = seen(answer=answer)[0].question
    assert question is not None
    assert (question.given, question.right) == (given, right)
    assert [one.right for one in question.answers] == [False, True, False]


def test_figures_are_in_the_words() -> None:
    view, _ = seen()
    assert "12 in place of 13" in view.html
    assert "&lt;|im_end|&gt;" in view.html
