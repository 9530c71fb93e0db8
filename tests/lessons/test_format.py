"""Reading a lesson's file: what is read, and errors that name file, line and what is expected."""

from __future__ import annotations

from pathlib import Path

import pytest
from lossmask.core.parts import PARTS
from lossmask.errors import LessonError
from lossmask.lessons.checks import POINT_FIELDS
from lossmask.lessons.figures import OF_EXAMPLE, OF_POINT
from lossmask.lessons.format import STEP_FIELDS, name_of, read_lesson

FRONT = """---
title: A title
summary: A summary.
minutes: 5
state:
  chat_template: bundled:chatml
  conversation: [{role: user, content: hi}, {role: assistant, content: hello}]
---
"""
STEP = """
## First

```yaml
strategy: full
point: [{name: stop, turn: 2, part: end_of_turn}]
claims: [stop.trained == 1]
question: {ask: "Right?", answers: ["yes", "no"], right: 1, why: Because.}
```

All **{trained}** of {tokens}.

### Notes

Say it slowly.

## Second

Only {stays} in `{trained}`.
"""


def read(text: str) -> None:
    read_lesson(text, "07-test.md")


def test_a_lesson_is_read() -> None:
    lesson = read_lesson(FRONT + STEP.replace("{stays}", "{before.trained}"), "07-test-it.md")
    assert (lesson.name, lesson.title, lesson.minutes) == ("test-it", "A title", 5)
    first, second = lesson.steps
    assert first.heading == "First"
    assert first.text == "All **{trained}** of {tokens}."
    assert first.notes == "Say it slowly."
    assert first.question is not None
    assert (first.question.answers, first.question.right) == (("yes", "no"), 0)
    assert first.points[0].parts == ("end_of_turn",)
    assert first.line == FRONT.count("\n") + 2
    # What a step sets stays for those behind it; tokens pointed at do not.
    assert second.fields["strategy"] == "full"
    assert second.points == ()
    assert second.request().strategy.name == "full"
    assert second.request().chat_template == "bundled:chatml"


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("## no front", 1, "front matter is expected"),
        ("---\ntitle: x\n", 1, "a second line of `---`"),
        ("---\ntitle: [\n---\n", 2, "YAML is expected"),
        ("---\ntitle: A\nsummary: B\nauthor: C\n---\n", 4, "not `author`"),
        ("---\ntitle: A\ntitle: B\n---\n", 3, "`title` is there twice"),
        ("---\ntitle: &a A\nsummary: *a\n---\n", 3, "`*name` is not read"),
        ("---\ntitle: A\nsummary: 3\n---\n", 3, "`summary` is expected to be a text"),
        (FRONT, 9, "1 to 60 steps"),
        (FRONT + "words\n\n## head\n\ntext", 9, "a step's heading is expected first"),
        (FRONT + "## head\n", 9, "one or two sentences"),
        (FRONT + "## head\n\n" + "x" * 701, 9, "not 701"),
        (FRONT + "## head\n\n```yaml\nstrategy: nonsense\n```\ntext", 12, "`strategy` is expected to be"),
        (
            FRONT + "## head\n\n```yaml\nchat_template: bundled:x\n```\ntext",
            12,
            "`chat_template` is expected",
        ),
        (FRONT + "## head\n\n```yaml\nconversation: []\n```\ntext", 12, "a conversation is expected"),
        (FRONT + "## head\n\n```yaml\nview: round\n```\ntext", 12, "one of text, table, raw, labels, shift"),
        (FRONT + "## head\n\n```yaml\nn:\nviews: text\n```\ntext", 12, "not `n`"),
        (FRONT + "## head\n\n```yaml\npoint: [{part: nose}]\n```\ntext", 12, "`part` is expected to be one"),
        (
            FRONT + "## head\n\n```yaml\npoint:\n  - {turn: 1}\n  - {turn: 0}\n```\ntext",
            14,
            "number from 1 on",
        ),
        (FRONT + "## head\n\n```yaml\npoint: [{name: before}]\n```\ntext", 12, "another word"),
        (FRONT + "## head\n\n```yaml\nclaims: [trained is 4]\n```\ntext", 12, "a comparison such as"),
        (FRONT + "## head\n\n{stop.count}", 9, "{stop.count} is no figure of this step"),
        (FRONT + "## head\n\n{before.trained}", 9, "{before.trained} is no figure"),
        (
            FRONT + "## h\n\n```yaml\nquestion: {ask: A, answers: [a, b], right: 3}\n```\ntext",
            12,
            "the number of the right answer, 1 to 2",
        ),
        (
            FRONT + "## h\n\n```yaml\nstrategy:\n  name: full\n  options: {lenght: 3}\n```\ntext",
            14,
            "`lenght` is none of them",
        ),
        (
            FRONT + "## h\n\n```yaml\nstrategy:\n  name: full\n  options: {max_length: x}\n```\ntext",
            14,
            "max_length",
        ),
    ],
)
def test_an_error_names_file_line_and_what_is_expected(text: str, line: int, expected: str) -> None:
    with pytest.raises(LessonError) as caught:
        read(text)
    assert caught.value.where is not None
    assert caught.value.where.line == line
    assert caught.value.detail.startswith(f"07-test.md, line {line}: ")
    assert expected in caught.value.detail


def test_a_state_without_a_conversation_is_refused() -> None:
    with pytest.raises(LessonError, match="`conversation` is expected"):
        read("---\ntitle: A\nsummary: B\n---\n## head\n\ntext")


@pytest.mark.parametrize("name", ["A.md", "make.md", "a_b.md", "-.md"])
def test_a_name_is_of_one_form(name: str) -> None:
    with pytest.raises(LessonError, match="file's name"):
        name_of(name)


def test_a_date_is_no_object() -> None:
    text = FRONT + "## head\n\n```yaml\ntoday: 2026-11-23\n```\ntext"
    assert read_lesson(text, "a.md").steps[0].fields["today"] == "2026-11-23"
    assert str(read_lesson(text, "a.md").steps[0].request().today) == "2026-11-23"


def test_carriage_returns_are_no_part_of_it() -> None:
    text = (FRONT + STEP.replace("{stays}", "")).replace("\n", "\r\n")
    assert read_lesson(text, "a.md").steps[0].text == "All **{trained}** of {tokens}."


def test_huge_files_are_refused() -> None:
    with pytest.raises(LessonError, match="characters are expected"):
        read("x" * 300_000)


def test_the_example_of_the_documentation_is_a_lesson() -> None:
    text = (Path(__file__).parents[2] / "docs" / "lessons.md").read_text(encoding="utf-8")
    lesson = read_lesson(text.partition("````markdown\n")[2].partition("````")[0], "when-to-stop.md")
    assert len(lesson.steps) == 2
    assert lesson.steps[1].question is not None
    for name in (*OF_EXAMPLE, *(f"NAME.{name}" for name in OF_POINT)):
        assert f"`{{{name}}}`" in text
    for field in (*STEP_FIELDS, *POINT_FIELDS, *PARTS):
        assert f"`{field}`" in text or f"`{field}:" in text, field
