"""A step's fields, each checked while its line is known: what is analysed, points, the question."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, get_args

from ..core.contributions import REDUCTIONS
from ..core.conversation import Conversation
from ..core.parsing import parse
from ..core.parts import PARTS
from ..core.request import Loader
from ..errors import LossmaskError
from ..rendering.library import bundled_templates
from ..strategies.registry import STRATEGIES
from .lesson import LENSES, MOST_POINTS, VIEWS, Point, Question, Take, TokenState, is_source
from .yaml_fields import Fields, fault

STATE_FIELDS = (
    "conversation",
    "tokenizer",
    "tokenizer_loader",
    "chat_template",
    "template_arguments",
    "strategy",
    "reduction",
    "today",
    "view",
    "lens",
    "example",
)
MAY_BE_NULL = ("reduction", "today")
"""Fields that a step sets back to their default, which has no name."""
POINT_FIELDS = ("name", "turn", "part", "text", "tokens", "state", "take")
QUESTION_FIELDS = ("ask", "answers", "right", "why")
MOST_ANSWERS = 6


class Checks:
    """Checks of one file's fields; every method raises `LessonError` with the line at fault."""

    def __init__(self, file: str) -> None:
        self.file = file

    def only(self, fields: Fields, names: Collection[str]) -> None:
        """No field beside these."""
        for name in fields:
            if name not in names:
                raise fault(
                    self.file, fields.line_of(name), f"one of {', '.join(names)} is expected, not `{name}`."
                )

    def expect(self, fits: object, fields: Fields, name: str, what: str) -> None:
        """What a field is to be, in a few words, where it does not fit."""
        if not fits:
            raise fault(self.file, fields.line_of(name), f"`{name}` is expected to be {what}.")

    def text(self, fields: Fields, name: str, default: str | None = None) -> str:
        """A field that is a text; without a default it has to be there."""
        value = fields.get(name, default)
        self.expect(isinstance(value, str) and (value.strip() or default == ""), fields, name, "a text")
        return str(value).strip()

    def state(self, fields: Fields) -> dict[str, Any]:
        """The fields of a state that are given, as they are."""
        found = {name: value for name, value in fields.items() if name in STATE_FIELDS}
        for name, value in found.items():
            if value is not None or name not in MAY_BE_NULL:
                _STATE[name](self, fields, value)
        return found

    def points(self, fields: Fields) -> tuple[Point, ...]:
        """The tokens to point at."""
        rows = fields.get("point", [])
        rows = [rows] if isinstance(rows, Fields) else rows
        fits = isinstance(rows, list) and all(isinstance(row, Fields) for row in rows)
        self.expect(fits and len(rows) <= MOST_POINTS, fields, "point", f"up to {MOST_POINTS} mappings")
        found = tuple(self._point(row, number) for number, row in enumerate(rows, start=1))
        twice = len({point.name for point in found}) < len(found)
        self.expect(not twice, fields, "point", "a list whose names differ")
        return found

    def _point(self, row: Fields, number: int) -> Point:
        self.only(row, POINT_FIELDS)
        parts = row.get("part", [])
        parts = [parts] if isinstance(parts, str) else parts
        fits = isinstance(parts, list) and all(part in PARTS for part in parts)
        self.expect(fits, row, "part", f"one or a list of {', '.join(PARTS)}")
        name = self.text(row, "name", f"point{number}")
        self.expect(name.isidentifier() and name.islower(), row, "name", "a word of small letters")
        self.expect(name != "before", row, "name", "another word, since `before` is the step before")
        turn, text = row.get("turn"), row.get("text")
        self.expect(turn is None or (type(turn) is int and turn > 0), row, "turn", "a number from 1 on")
        self.expect(text is None or (isinstance(text, str) and text), row, "text", "a text")
        one_of(self, row, "state", get_args(TokenState))
        one_of(self, row, "take", get_args(Take))
        return Point(
            name, turn, tuple(parts), text, self._stretch(row), row.get("state"), row.get("take", "all")
        )

    def _stretch(self, row: Fields) -> tuple[int, int] | None:
        pair = row.get("tokens")
        if pair is None:
            return None
        fits = isinstance(pair, list) and len(pair) == 2 and all(type(place) is int for place in pair)
        self.expect(
            fits and 0 <= pair[0] <= pair[1], row, "tokens", "the first and the last position, [3, 5]"
        )
        return pair[0], pair[1] + 1

    def question(self, fields: Fields) -> Question | None:
        """The question, where there is one."""
        asked = fields.get("question")
        if asked is None:
            return None
        self.expect(isinstance(asked, Fields), fields, "question", "a mapping")
        self.only(asked, QUESTION_FIELDS)
        answers, right = asked.get("answers"), asked.get("right")
        fits = isinstance(answers, list) and 2 <= len(answers) <= MOST_ANSWERS
        self.expect(fits, asked, "answers", f"a list of 2 to {MOST_ANSWERS} texts")
        self.expect(
            all(isinstance(one, str) for one in answers), asked, "answers", "texts, numbers in quotes"
        )
        fits = type(right) is int and 1 <= right <= len(answers)
        self.expect(fits, asked, "right", f"the number of the right answer, 1 to {len(answers)}")
        return Question(self.text(asked, "ask"), tuple(answers), right - 1, self.text(asked, "why", ""))


def one_of(checks: Checks, fields: Fields, name: str, choices: Collection[str]) -> None:
    """A field that may be left out, and else is one of a closed set."""
    if name in fields:
        value = fields[name]
        fits = isinstance(value, str) and value in choices
        checks.expect(fits, fields, name, f"one of {', '.join(choices)}, not {value!r}")


def _conversation(checks: Checks, fields: Fields, value: object) -> None:
    try:
        if isinstance(value, str):
            parse(value)
        else:
            Conversation.from_json(value)
    except LossmaskError as error:
        raise fault(
            checks.file, fields.line_of("conversation"), f"a conversation is expected: {error.detail}"
        ) from None


def _text(name: str) -> Callable[[Checks, Fields, object], None]:
    def check(checks: Checks, fields: Fields, value: object) -> None:
        checks.expect(isinstance(value, str) and value, fields, name, "a text")

    return check


def _template(checks: Checks, fields: Fields, value: object) -> None:
    checks.expect(isinstance(value, str) and value, fields, "chat_template", "a name, or Jinja source")
    names = [f"bundled:{template.name}" for template in bundled_templates()]
    known = is_source(str(value)) or value == "own" or str(value).startswith("named:") or value in names
    checks.expect(known, fields, "chat_template", f"own, Jinja source, or one of {', '.join(names)}")


def _mapping(checks: Checks, fields: Fields, value: object) -> None:
    checks.expect(isinstance(value, Mapping), fields, "template_arguments", "`name: value` lines")


def _chosen(name: str, known: Mapping[str, Any]) -> Callable[[Checks, Fields, object], None]:
    """A rule by its name, or by `name` and `options`, which the rule itself checks."""

    def check(checks: Checks, fields: Fields, value: object) -> None:
        given = value if isinstance(value, Fields) else None
        chosen = str(value) if given is None else str(given.get("name"))
        options = Fields(0) if given is None else given.get("options", Fields(0))
        fits = isinstance(value, str | Fields) and chosen in known and isinstance(options, Fields)
        checks.expect(
            fits, fields, name, f"a name, perhaps with options, and the name one of {', '.join(known)}"
        )
        readers = {option.name: option for option in known[chosen].options}
        for option, given_value in options.items():
            line = options.line_of(option)
            if option not in readers:
                names = ", ".join(readers) or "no option"
                raise fault(checks.file, line, f"`{chosen}` has {names}; `{option}` is none of them.")
            try:
                readers[option].read(given_value)
            except LossmaskError as error:
                raise fault(checks.file, line, error.detail) from None

    return check


def _today(checks: Checks, fields: Fields, value: object) -> None:
    fits = isinstance(value, str) and len(value) == 10
    checks.expect(fits, fields, "today", "a date such as 2026-11-23")


def _example(checks: Checks, fields: Fields, value: object) -> None:
    checks.expect(type(value) is int and 0 <= value < 1000, fields, "example", "a number from 0 on")


_STATE: dict[str, Callable[[Checks, Fields, object], None]] = {
    "conversation": _conversation,
    "tokenizer": _text("tokenizer"),
    "tokenizer_loader": lambda checks, fields, _: one_of(
        checks, fields, "tokenizer_loader", get_args(Loader)
    ),
    "chat_template": _template,
    "template_arguments": _mapping,
    "strategy": _chosen("strategy", STRATEGIES),
    "reduction": _chosen("reduction", REDUCTIONS),
    "today": _today,
    "view": lambda checks, fields, _: one_of(checks, fields, "view", VIEWS),
    "lens": lambda checks, fields, _: one_of(checks, fields, "lens", LENSES),
    "example": _example,
}
