"""A lesson under way becomes a file that is read again, or the reason why not is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lossmask.engine.analyse import analyse
from lossmask.errors import LessonError
from lossmask.lessons.drafts import exported, file_name
from lossmask.lessons.format import read_lesson
from lossmask.lessons.pointing import pointed, shown_example

MESSAGES = [{"role": "user", "content": "hi: *there*"}, {"role": "assistant", "content": "hello"}]


def state(**fields: Any) -> dict[str, Any]:
    return {"v": 1, "app": "0", "conversation": {"messages": MESSAGES}, **fields}


def draft(**fields: Any) -> dict[str, Any]:
    chatml = {"name": "bundled:chatml"}
    first = {"heading": "One", "text": "All {trained}.", "state": state(template=chatml), "points": [[2, 4]]}
    second = {
        "heading": "Two",
        "text": "None.",
        "notes": "Slowly.",
        "state": state(
            template={"name": "pasted", "source": "{% for m in messages %}\n{{ m.content }}\n{% endfor %}"},
            strategy={"name": "full", "options": {"max_length": "9"}},
            view={"tab": "raw"},
        ),
    }
    return {"title": "Mine: a test", "summary": "For a test.", "steps": [first, second], **fields}


def test_a_file_is_made_and_read_again() -> None:
    name, text = exported(json.dumps(draft(minutes=3, audience="nobody")))
    lesson = read_lesson(text, name)
    assert (name, lesson.title, lesson.minutes) == ("mine-a-test.md", "Mine: a test", 3)
    one, two = lesson.steps
    analysed = shown_example(one, analyse(one.request()))
    assert analysed is not None
    assert pointed(one.points[0], analysed) == (2, 3)
    assert one.request().conversation.messages == tuple(MESSAGES)
    assert two.request().chat_template == "{% for m in messages %}\n{{ m.content }}\n{% endfor %}"
    assert two.request().strategy.options == {"max_length": "9"}
    assert (two.view, two.notes) == ("raw", "Slowly.")
    # The conversation is written once.
    assert text.count("hello") == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("{", "expected as JSON"),
        (" " * 2**21, "at most"),
        ("[]", "1 to 60 steps"),
        (json.dumps(draft(steps=[])), "add a state first"),
        (json.dumps(draft(title=" ")), "title of the lesson is missing"),
        (json.dumps(draft(steps=[{"heading": "A", "text": "B", "state": {}}])), "state of step 1"),
        (json.dumps(draft(steps=[{"text": "B", "state": state()}])), "heading of step 1"),
        (json.dumps(draft(steps=[{"heading": "A", "text": "{x.y}", "state": state()}])), "no figure"),
        (
            json.dumps(draft(steps=[{"heading": "A", "text": "B", "state": state(), "points": [[4]]}])),
            "pairs",
        ),
        (json.dumps(draft(steps=[3])), "An object is expected for step 1"),
    ],
)
def test_what_is_wrong_is_told(given: str, told: str) -> None:
    with pytest.raises(LessonError, match=told):
        exported(given)


@pytest.mark.parametrize(
    ("title", "name"),
    [("Where it *starts*", "where-it-starts"), ("Make", "lesson-make"), ("日本", "lesson"), ("../../x", "x")],
)
def test_names_of_files(title: str, name: str) -> None:
    assert file_name(title) == name
