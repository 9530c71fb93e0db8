"""Renders are kept while there is room, and only equal questions get a kept answer."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.conversation import Conversation
from lossmask.engine import renders


class Counting:
    """Renders to the count of renders."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, conversation: Conversation, **arguments: Any) -> str:
        self.count += 1
        return str(self.count)


def saying(content: object, **fields: Any) -> Conversation:
    return Conversation(({"role": "user", "content": content},), **fields)


def test_the_same_question_is_rendered_once() -> None:
    render = renders.kept(Counting())
    assert [render(saying("hi"), b=1, a=2), render(saying("hi"), a=2, b=1)] == ["1", "1"]


def test_whatever_may_render_otherwise_is_rendered() -> None:
    counting = Counting()
    render = renders.kept(counting)
    for content in (1, 1.0, True, "1"):
        render(saying(content))
    render(saying("1"), add_generation_prompt=True)
    render(saying("1"), add_generation_prompt=1)
    render(saying("1", tools=({"name": "f"},)))
    render(saying("1", extra={"documents": []}))
    assert counting.count == 8


def test_no_more_is_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renders, "MOST_CHARACTERS", 100)
    counting = Counting()
    render = renders.kept(counting)
    for _ in range(2):
        render(saying("a"))
        render(saying("b" * 200))
    assert counting.count == 3
