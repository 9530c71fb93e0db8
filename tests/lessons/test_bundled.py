"""Every step of every lesson that comes along: it runs, its tokens are there, what it says holds."""

from __future__ import annotations

import re

import pytest
from lossmask.core.analysis import Analysis
from lossmask.core.parts import PARTS
from lossmask.engine.analyse import analyse
from lossmask.lessons.figures import PLACEHOLDER, figures, holds, names_before, texts
from lossmask.lessons.lesson import Lesson, Step
from lossmask.lessons.pointing import pointed, shown_example
from lossmask.lessons.registry import bundled_lessons
from lossmask.lessons.sentences import html, line_html

NAMES = (
    "one-string",
    "masking",
    "where-it-starts",
    "when-to-stop",
    "several-turns",
    "markers",
    "generation-marks",
    "thinking-and-tools",
    "truncation-and-packing",
    "weights",
)
LESSONS = {lesson.name: lesson for lesson in bundled_lessons()}


@pytest.fixture(scope="module", params=NAMES)
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return LESSONS[request.param]


@pytest.fixture(scope="module")
def analyses(lesson: Lesson) -> list[Analysis]:
    return [analyse(step.request()) for step in lesson.steps]


def test_they_are_these_in_this_order() -> None:
    assert tuple(LESSONS) == NAMES


def test_a_lesson_has_five_to_ten_steps_and_a_question(lesson: Lesson) -> None:
    assert 5 <= len(lesson.steps) <= 10
    assert lesson.minutes
    assert lesson.audience
    assert sum(step.question is not None for step in lesson.steps) >= 1


def test_nothing_comes_from_the_network(lesson: Lesson) -> None:
    assert {step.fields["tokenizer"] for step in lesson.steps} == {"bundled"}


def test_tokens_pointed_at_are_there(lesson: Lesson, analyses: list[Analysis]) -> None:
    for step, analysis in zip(lesson.steps, analyses, strict=True):
        analysed = shown_example(step, analysis)
        assert analysed is not None or not step.points, step.heading
        for point in step.points:
            assert analysed is not None
            found = pointed(point, analysed)
            assert found, (step.heading, point)
            parts = {PARTS[part] for part in analysed.parts[list(found)].tolist()}
            assert not point.parts or parts <= set(point.parts)


def test_claims_hold_and_every_step_claims_something(lesson: Lesson, analyses: list[Analysis]) -> None:
    for number, (step, analysis) in enumerate(zip(lesson.steps, analyses, strict=True)):
        before = (lesson.steps[number - 1], analyses[number - 1]) if number else None
        found = figures(step, analysis, before)
        assert step.claims, step.heading
        assert [claim for claim in step.claims if not holds(claim, found)] == [], step.heading


def test_numbers_are_counted_and_not_typed(lesson: Lesson) -> None:
    """Only within code may a sentence have a digit: `-100`."""
    for step in lesson.steps:
        for text in (step.heading, *_sentences(step)):
            bare = re.sub(r"`[^`]*`", "", PLACEHOLDER.sub("", text))
            # The names of formats are no counts.
            assert not re.search(r"\d", bare.replace("Llama 3", "")), (step.heading, bare)


def test_every_placeholder_is_filled(lesson: Lesson, analyses: list[Analysis]) -> None:
    for number, (step, analysis) in enumerate(zip(lesson.steps, analyses, strict=True)):
        before = (lesson.steps[number - 1], analyses[number - 1]) if number else None
        assert before or not names_before(lesson, number)
        found = figures(step, analysis, before)
        for text in _sentences(step):
            for shown in (html(text, found), line_html(text, found)):
                assert not PLACEHOLDER.search(shown), (step.heading, shown)
                assert "(no such token)" not in shown


def test_sentences_are_few(lesson: Lesson) -> None:
    for step in lesson.steps:
        assert len(re.findall(r"[.:?]\s", step.text + " ")) <= 5, step.heading


def test_outcomes_are_refusals_only_where_the_step_says_so(lesson: Lesson, analyses: list[Analysis]) -> None:
    for step, analysis in zip(lesson.steps, analyses, strict=True):
        refused = any(claim.startswith("outcome ==") and not claim.endswith("ok") for claim in step.claims)
        assert (analysis.outcome.kind != "ok") == refused, step.heading


def test_questions_have_their_answer_in_the_page(lesson: Lesson) -> None:
    for step in lesson.steps:
        if step.question is not None:
            assert step.question.why
            assert len(set(step.question.answers)) == len(step.question.answers)


def _sentences(step: Step) -> list[str]:
    return [text for text in texts(step) if text not in step.claims]
