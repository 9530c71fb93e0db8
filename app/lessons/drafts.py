"""A lesson under way, as the page that makes one sends it: states in order with sentences to them."""

from __future__ import annotations

import json
import re
from typing import Any

from ..core.state import read_state
from ..errors import LessonError, LossmaskError
from .format import MOST_STEPS, read_lesson
from .lesson import Lesson, Point, Step
from .writing import fields_of, write_lesson

LONGEST_NAME = 60
LONGEST_DRAFT = 2**20
"""Characters of JSON; every step has the whole conversation in it."""


def exported(text: str) -> tuple[str, str]:
    """The name and the text of the file that a lesson in JSON makes; the file can be read again.

    `{"title", "summary", "audience", "minutes", "steps": [{"heading", "text", "notes", "state": …,
    "points": [[start, end], …]}]}`, where a state is what a link holds.

    Raises:
        LessonError: something is missing, or a state cannot be read.
    """
    if len(text) > LONGEST_DRAFT:
        raise LessonError(f"A lesson of at most {LONGEST_DRAFT:,} characters is expected, not {len(text):,}.")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise LessonError("The lesson is expected as JSON.") from None
    lesson = _lesson(value)
    written = write_lesson(lesson)
    read_lesson(written, f"{lesson.name}.md")
    return f"{lesson.name}.md", written


def file_name(title: str) -> str:
    """A lesson's name out of its title: `Where it *starts*` gives `where-it-starts`."""
    found = "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:LONGEST_NAME].strip("-")
    return found if found and found not in ("make", "export") else f"lesson-{found}".strip("-")


def _lesson(value: Any) -> Lesson:
    steps = value.get("steps") if isinstance(value, dict) else None
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        raise LessonError(f"A lesson has 1 to {MOST_STEPS} steps; add a state first.")
    title, minutes = _text(value, "title", "the lesson"), value.get("minutes")
    return Lesson(
        name=file_name(title),
        title=title,
        summary=_text(value, "summary", "the lesson"),
        steps=tuple(_step(step, number) for number, step in enumerate(steps, start=1)),
        audience=str(value.get("audience") or "").strip(),
        minutes=minutes if type(minutes) is int and minutes > 0 else None,
    )


def _step(value: Any, number: int) -> Step:
    where = f"step {number}"
    if not isinstance(value, dict):
        raise LessonError(f"An object is expected for {where}.")
    try:
        fields = fields_of(read_state(value.get("state")))
    except LossmaskError as error:
        raise LessonError(f"The state of {where} cannot be read: {error.detail}") from None
    points = value.get("points") or []
    if not isinstance(points, list) or not all(_is_stretch(point) for point in points):
        raise LessonError(f"The tokens pointed at in {where} are expected as pairs of positions.")
    return Step(
        heading=_text(value, "heading", where),
        text=_text(value, "text", where),
        fields=fields,
        points=tuple(Point(f"point{i}", tokens=(a, b)) for i, (a, b) in enumerate(points, start=1)),
        notes=str(value.get("notes") or "").strip(),
    )


def _is_stretch(point: Any) -> bool:
    is_pair = isinstance(point, list) and len(point) == 2 and all(type(place) is int for place in point)
    return is_pair and 0 <= point[0] < point[1]


def _text(value: dict[str, Any], name: str, where: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found.strip():
        raise LessonError(f"The {name} of {where} is missing.")
    return found.strip()
