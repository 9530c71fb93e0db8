"""Figures equal what the analysis says, counted here in another way; claims compare them."""

from __future__ import annotations

import pytest
from lossmask.core.analysis import Analysis
from lossmask.engine.analyse import analyse
from lossmask.lessons.figures import claim_parts, figures, holds, known_figures, names_before
from lossmask.lessons.format import read_lesson
from lossmask.lessons.lesson import Lesson
from lossmask.lessons.pointing import pointed, shown_example

TEXT = """---
title: A
summary: B
state:
  chat_template: bundled:chatml
  conversation: [{role: user, content: hi there}, {role: assistant, content: hi there}]
---

## One

```yaml
strategy: full
point:
  - {name: stop, turn: 2, part: end_of_turn}
  - {name: words, turn: 2, text: hi there}
  - {name: two, tokens: [1, 2]}
  - {name: none, turn: 9}
  - {name: ends, part: end_of_turn}
  - {name: first, part: content, take: first}
```

Text {stop.id}.

## Two

```yaml
strategy: {name: assistant-turns, options: {max_length: 9}}
```

Now {before.trained}.
"""


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read_lesson(TEXT, "a.md")


@pytest.fixture(scope="module")
def analyses(lesson: Lesson) -> list[Analysis]:
    return [analyse(step.request()) for step in lesson.steps]


def test_figures_of_the_example(lesson: Lesson, analyses: list[Analysis]) -> None:
    answer = analyses[0].as_json()["examples"][0]
    found = figures(lesson.steps[0], analyses[0])
    assert found["tokens"].value == len(answer["input_ids"])
    assert found["trained"].value == sum(label != -100 for label in answer["labels"][1:])
    assert found["unused"].value == 1
    assert found["masked"].value == 0
    assert found["messages"].value == 2
    assert found["outcome"].value == "ok"


def test_figures_of_points(lesson: Lesson, analyses: list[Analysis]) -> None:
    answer = analyses[0].as_json()["examples"][0]
    found = figures(lesson.steps[0], analyses[0])
    stop = answer["input_ids"].index(found["stop.id"].value, answer["messages"].index(1))
    assert found["stop.position"].value == stop
    assert found["stop.text"].shown == "<|im_end|>"
    assert found["stop.trained"].value == 1
    assert found["stop.loss_share"].value == pytest.approx(100 / found["trained"].value)
    assert found["words.text"].shown == "hi·there"
    assert found["two.position"].value == 1
    assert found["two.last"].value == 2
    assert found["none.count"].value == 0
    assert found["ends.text"].shown == "<|im_end|>"


def test_a_text_is_found_within_its_turn(lesson: Lesson, analyses: list[Analysis]) -> None:
    analysed = shown_example(lesson.steps[0], analyses[0])
    assert analysed is not None
    words = next(point for point in lesson.steps[0].points if point.name == "words")
    assert set(analysed.messages[list(pointed(words, analysed))].tolist()) == {1}
    first = next(point for point in lesson.steps[0].points if point.name == "first")
    assert analysed.messages[pointed(first, analysed)[0]] == 0


def test_the_step_before(lesson: Lesson, analyses: list[Analysis]) -> None:
    assert not names_before(lesson, 0)
    assert names_before(lesson, 1)
    found = figures(lesson.steps[1], analyses[1], (lesson.steps[0], analyses[0]))
    assert found["before.trained"] == figures(lesson.steps[0], analyses[0])["trained"]
    assert found["cut"].value == found["before.tokens"].value - 9
    assert set(found) == known_figures(lesson.steps[1], has_before=True)


def test_claims(lesson: Lesson, analyses: list[Analysis]) -> None:
    found = figures(lesson.steps[0], analyses[0])
    assert holds("trained < tokens", found)
    assert not holds("trained == tokens", found)
    assert holds("outcome == ok", found)
    assert holds("stop.text == <|im_end|>", found)
    assert not holds("none.count > 0", found)
    assert claim_parts("a<=b") == ("a", "<=", "b")
    with pytest.raises(ValueError, match="no sign"):
        claim_parts("no sign")
