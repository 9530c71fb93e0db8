"""What is written is read back as the same lesson."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lossmask.core.state import State, read_state
from lossmask.lessons.format import read_lesson
from lossmask.lessons.lesson import Lesson, Step, state_json
from lossmask.lessons.registry import bundled_lessons
from lossmask.lessons.writing import DEFAULTS, fields_of, write_lesson

LESSONS = {lesson.name: lesson for lesson in bundled_lessons()}


def again(lesson: Lesson) -> Lesson:
    return read_lesson(write_lesson(lesson), lesson.file)


@pytest.mark.parametrize("name", LESSONS)
def test_a_bundled_lesson_is_read_back(name: str) -> None:
    lesson, found = LESSONS[name], again(LESSONS[name])
    assert (found.title, found.summary, found.audience) == (lesson.title, lesson.summary, lesson.audience)
    for was, now in zip(lesson.steps, found.steps, strict=True):
        assert replace(now, line=0, fields={}) == replace(was, line=0, fields={})
        assert now.state() == was.state()


@pytest.mark.parametrize("name", LESSONS)
def test_states_alone_make_the_same_analyses(name: str) -> None:
    for step in LESSONS[name].steps:
        fields = fields_of(read_state(state_json(step.fields)))
        assert replace(step, fields=fields).request() == step.request()


def test_words_never_begin_a_step() -> None:
    text = "# no heading\n\nwords\n---\n\n### Notes\n\nand so on"
    step = Step("A *heading*", text, {**DEFAULTS, "conversation": "User: a\nAssistant: b"}, notes="## none")
    found = again(Lesson("a", "A", "B", (step,), file="a.md"))
    assert len(found.steps) == 1
    assert found.steps[0].heading == "A *heading*"
    assert "no heading" in found.steps[0].text
    assert "and so on" in found.steps[0].text
    assert "none" in found.steps[0].notes


def test_a_step_can_set_back_what_another_set() -> None:
    first = {**DEFAULTS, "conversation": "User: a\nAssistant: b", "reduction": "sum", "today": "2026-11-23"}
    second = {**first, "reduction": None, "today": None}
    lesson = Lesson("a", "A", "B", (Step("One", "x", first), Step("Two", "y", second)), file="a.md")
    one, two = again(lesson).steps
    assert one.request().reduction is not None
    assert two.request().reduction is None
    assert two.request().today is None


def test_a_state_without_a_conversation_is_refused() -> None:
    with pytest.raises(Exception, match="labels and structure only"):
        fields_of(State("0"))
