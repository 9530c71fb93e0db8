"""What a lesson is, once read: steps, each with the state it shows and the tokens it points at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from .. import __version__
from ..core.parts import Part
from ..core.request import AnalysisRequest
from ..core.state import State, read_state
from ..core.state.schema import OWN, PASTED, Lens, Tab
from ..errors import LessonError

View: TypeAlias = Tab | Literal["shift"]
"""What a step shows of its analysis; a page without such a view shows the text."""

VIEWS: tuple[str, ...] = tuple(dict.fromkeys([*get_args(Tab), "shift"]))
LENSES: tuple[str, ...] = get_args(Lens)

Take: TypeAlias = Literal["all", "first", "last"]
TokenState: TypeAlias = Literal["trained", "masked", "unused"]

Fields: TypeAlias = Mapping[str, Any]
"""What is analysed, as `POST /api/analyses` names it, and which `view`, `lens` and `example` is shown."""

MOST_POINTS = 9


@dataclass(frozen=True, slots=True)
class Point:
    """Tokens to point at: those that fit every field given.

    `turn` counts messages from 1. `text` is found within them, at its first place. `tokens` is a
    half-open stretch of positions. Of what fits, `take` keeps all, the first or the last.
    """

    name: str
    turn: int | None = None
    parts: tuple[Part, ...] = ()
    text: str | None = None
    tokens: tuple[int, int] | None = None
    state: TokenState | None = None
    take: Take = "all"


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answers; `right` counts from 0. `why` is told with either."""

    ask: str
    answers: tuple[str, ...]
    right: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One screen: `fields` is the whole state, what earlier steps set included.

    `text` and `notes` are Markdown with figures in braces (see `figures`). `claims` are comparisons
    of figures that hold wherever the text is true. `line` is where its heading stands in the file.
    """

    heading: str
    text: str
    fields: Fields
    points: tuple[Point, ...] = ()
    claims: tuple[str, ...] = ()
    question: Question | None = None
    notes: str = ""
    line: int = 0

    @property
    def view(self) -> str:
        """What is shown of the analysis, one of `VIEWS`."""
        return str(self.fields.get("view", "text"))

    def state(self) -> State:
        """The state as a link would hold it; raises as `read_state` does."""
        return read_state(state_json(self.fields))

    def request(self) -> AnalysisRequest:
        """The analysis to be made; raises as `State.request` does."""
        return self.state().request()


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson by its name, which its address has; `file` is where it was read."""

    name: str
    title: str
    summary: str
    steps: tuple[Step, ...]
    audience: str = ""
    minutes: int | None = None
    file: str = ""
    own: bool = False
    """Whether it is the operator's, not one that comes along."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that is no lesson, and why."""

    name: str
    error: LessonError = field(compare=False)


def state_json(fields: Fields) -> dict[str, Any]:
    """A step's fields as the JSON of a shared state."""
    tab = fields.get("view", "text")
    found = {
        "v": 1,
        "app": __version__,
        "conversation": _conversation(fields.get("conversation")),
        "tokenizer": {
            "name": fields.get("tokenizer", "bundled"),
            "loader": fields.get("tokenizer_loader", "auto"),
        },
        "template": _template(str(fields.get("chat_template", OWN))),
        "template_arguments": fields.get("template_arguments") or {},
        "strategy": choice(fields.get("strategy", "assistant-turns")),
        "today": fields.get("today"),
        "view": {
            "tab": tab if tab in get_args(Tab) else "text",
            "lens": fields.get("lens", "label"),
            "example": fields.get("example", 0),
        },
    }
    if fields.get("reduction"):
        found["reduction"] = choice(fields["reduction"])
    return found


def choice(value: object) -> dict[str, Any]:
    """A masking rule or a reduction, by its name alone or with options, as an object."""
    return {"name": value} if isinstance(value, str) else dict(value)  # type: ignore[call-overload]


def is_source(template: str) -> bool:
    """Whether a chat template is its own source, not the name of one."""
    return "{" in template or "\n" in template


def _conversation(value: object) -> object:
    if isinstance(value, str):
        return {"text": value}
    return {"messages": value} if isinstance(value, list) else value


def _template(value: str) -> dict[str, Any]:
    return {"name": PASTED, "source": value} if is_source(value) else {"name": value}
