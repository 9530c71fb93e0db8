"""A lesson as the Markdown file that `format.read_lesson` reads back; out of states, if need be.

Covered: front matter, of each step what differs from the one before, points, sentences, notes.
Not covered: comments and the layout of a file that was read before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from ..core.request import Choice
from ..core.state import State
from .format import FENCE, NOTES
from .lesson import Fields, Lesson, Point, Step

DEFAULTS: Mapping[str, Any] = {
    "tokenizer": "bundled",
    "tokenizer_loader": "auto",
    "chat_template": "own",
    "template_arguments": {},
    "strategy": "assistant-turns",
    "reduction": None,
    "today": None,
    "view": "text",
    "lens": "label",
    "example": 0,
}
_HEADING = re.compile(r"^(\s{0,3})(#|=+\s*$|-+\s*$)", re.MULTILINE)
WIDTH = 100


def write_lesson(lesson: Lesson) -> str:
    """The file's text."""
    first = {name: value for name, value in lesson.steps[0].fields.items() if value != DEFAULTS.get(name)}
    front: dict[str, Any] = {"title": lesson.title, "summary": lesson.summary}
    front |= {"audience": lesson.audience} if lesson.audience else {}
    front |= {} if lesson.minutes is None else {"minutes": lesson.minutes}
    shown = _yaml({**front, "state": first})
    parts, before = [f"{FENCE}\n{shown}{FENCE}\n"], dict(first)
    for step in lesson.steps:
        parts.append(_step(step, before))
        before = dict(step.fields)
    return "\n".join(parts)


def fields_of(state: State) -> dict[str, Any]:
    """A shared state as a step's fields, the conversation as it was read.

    Raises:
        LossmaskError: the state holds no conversation, or one that cannot be read.
    """
    conversation = state.read_conversation().as_json()
    alone = not conversation.get("tools") and len(conversation) == 2
    return {
        **DEFAULTS,
        "conversation": conversation["messages"] if alone else conversation,
        "tokenizer": state.tokenizer.pinned,
        "tokenizer_loader": state.tokenizer.loader,
        "chat_template": state.template.requested or "own",
        "template_arguments": dict(state.template_arguments),
        "strategy": _choice(state.strategy),
        "reduction": None if state.reduction is None else _choice(state.reduction),
        "today": None if state.today is None else state.today.isoformat(),
        "view": state.view.tab,
        "lens": state.view.lens,
        "example": state.view.example,
    }


def _choice(choice: Choice) -> str | dict[str, Any]:
    return {"name": choice.name, "options": dict(choice.options)} if choice.options else choice.name


def _step(step: Step, before: Fields) -> str:
    block = _block(step, before)
    fence = f"```yaml\n{_yaml(block)}```\n\n" if block or step.text.startswith("`") else ""
    notes = f"\n### {NOTES}\n\n{_plain(step.notes)}\n" if step.notes else ""
    return f"## {' '.join(step.heading.split())}\n\n{fence}{_plain(step.text)}\n{notes}"


def _block(step: Step, before: Fields) -> dict[str, Any]:
    found = {
        name: value
        for name, value in step.fields.items()
        if value != before.get(name, DEFAULTS.get(name, _ABSENT))
    }
    if step.points:
        found["point"] = [_point(point) for point in step.points]
    if step.claims:
        found["claims"] = list(step.claims)
    if step.question:
        asked = step.question
        found["question"] = {"ask": asked.ask, "answers": list(asked.answers), "right": asked.right + 1}
        found["question"] |= {"why": asked.why} if asked.why else {}
    return found


def _point(point: Point) -> dict[str, Any]:
    found = {
        "name": point.name,
        "turn": point.turn,
        "part": list(point.parts),
        "text": point.text,
        "tokens": None if point.tokens is None else [point.tokens[0], point.tokens[1] - 1],
        "state": point.state,
        "take": None if point.take == "all" else point.take,
    }
    return {name: value for name, value in found.items() if value not in (None, [])}


_ABSENT = object()


def _plain(text: str) -> str:
    """Sentences in which no line begins a step."""
    return _HEADING.sub(r"\1\\\2", text.strip())


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.strip() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
# What was read from YAML remembers its lines, which makes a mapping of its own kind.
_Dumper.add_multi_representer(dict, lambda dumper, value: dumper.represent_dict(value.items()))


def _yaml(value: object) -> str:
    if not value:
        return ""
    return str(yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH))
