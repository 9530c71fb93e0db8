"""A lesson out of its Markdown file: front matter, then steps, each a heading, a block of YAML, sentences.

    ---
    title: …
    summary: …
    audience: …          # may be left out, as may minutes and state
    minutes: 5
    state: {chat_template: "bundled:llama-3", conversation: […]}
    ---

    ## What this step is about

    ```yaml
    strategy: full       # what differs from the step before; see `checks.STATE_FIELDS`
    point: [{name: stop, turn: 2, part: end_of_turn}]
    claims: [trained == tokens]
    question: {ask: …, answers: [yes, no], right: 1, why: …}
    ```

    One or two sentences, with figures as `{trained}`.

    ### Notes

    For who teaches it.

Everything is checked here but what only an analysis tells: whether the tokens pointed at are there and
the claims hold. Every error names the file, the line and what is expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..errors import LossmaskError
from .checks import STATE_FIELDS, Checks
from .figures import PLACEHOLDER, claim_parts, known_figures, texts
from .lesson import Lesson, Step
from .yaml_fields import Fields, fault, read_fields

LONGEST = 256 * 1024
"""Characters of a file."""
MOST_STEPS = 60
LONGEST_TEXT = 700
"""Characters of a step's sentences, which share a screen with the tokens."""

FRONT_FIELDS = ("title", "summary", "audience", "minutes", "state")
STEP_FIELDS = (*STATE_FIELDS, "point", "claims", "question")
FENCE = "---"
NOTES = "Notes"
NAME = re.compile(r"(?:\d+-)?([a-z0-9]+(?:-[a-z0-9]+)*)")
RESERVED = frozenset({"make", "export"})


def read_lesson(text: str, file: str, own: bool = False) -> Lesson:
    """The lesson in a file's text; its name is the file's, without the number before it.

    >>> read_lesson(text, "02-masking.md").name
    'masking'

    Raises:
        LessonError: it is not as described above.
    """
    if len(text) > LONGEST:
        raise fault(file, 1, f"at most {LONGEST:,} characters are expected, not {len(text):,}.")
    lines = text.replace("\r\n", "\n").split("\n")
    checks = Checks(file)
    front, body = _front(lines, file)
    checks.only(front, FRONT_FIELDS)
    minutes = front.get("minutes")
    checks.expect(minutes is None or (type(minutes) is int and minutes > 0), front, "minutes", "a number")
    return Lesson(
        name=name_of(file),
        title=checks.text(front, "title"),
        summary=checks.text(front, "summary"),
        steps=_steps(lines, body, checks, _defaults(front, checks)),
        audience=checks.text(front, "audience", ""),
        minutes=minutes,
        file=file,
        own=own,
    )


def name_of(file: str) -> str:
    """A lesson's name; raises `LessonError` where the file's is of another form."""
    found = NAME.fullmatch(file.removesuffix(".md"))
    if found is None or found[1] in RESERVED:
        expected = "a file's name of small letters, digits and hyphens is expected, such as 02-masking.md."
        raise fault(file, 1, expected)
    return found[1]


def _front(lines: Sequence[str], file: str) -> tuple[Fields, int]:
    """The front matter, and the index of the first line behind it."""
    if lines[0].rstrip() != FENCE:
        raise fault(file, 1, "front matter is expected, between two lines of `---`.")
    end = next((i for i, line in enumerate(lines[1:], start=1) if line.rstrip() == FENCE), None)
    if end is None:
        raise fault(file, 1, "a second line of `---` is expected, which ends the front matter.")
    return read_fields("\n".join(lines[1:end]), file, 2), end + 1


def _defaults(front: Fields, checks: Checks) -> dict[str, Any]:
    state = front.get("state")
    if state is None:
        return {}
    checks.expect(isinstance(state, Fields), front, "state", "`name: value` lines")
    checks.only(state, STATE_FIELDS)
    return checks.state(state)


class _Block(NamedTuple):
    """A step's lines by index: from its heading to its end, and where its YAML and its notes stand."""

    heading: str
    line: int
    end: int
    yaml: tuple[int, int] | None
    notes: int | None


def _steps(lines: Sequence[str], body: int, checks: Checks, defaults: dict[str, Any]) -> tuple[Step, ...]:
    state = defaults
    steps = []
    for number, block in enumerate(_blocks(lines, body, checks.file)):
        step = _step(lines, block, checks, state)
        _check_figures(step, checks.file, number > 0)
        steps.append(step)
        state = dict(step.fields)
    if not 1 <= len(steps) <= MOST_STEPS:
        expected = f"1 to {MOST_STEPS} steps are expected, each under a `## heading`."
        raise fault(checks.file, body + 1, expected)
    return tuple(steps)


def _blocks(lines: Sequence[str], body: int, file: str) -> Iterator[_Block]:
    # Blank lines in place of the front matter keep the numbers of all further lines.
    tokens = MarkdownIt("commonmark").parse("\n".join([""] * body + list(lines[body:])))
    top = [token for token in tokens if token.level == 0 and token.map]
    heads = [i for i, token in enumerate(top) if token.type == "heading_open" and token.tag in ("h1", "h2")]
    before = top[: heads[0]] if heads else top
    if before:
        raise fault(file, _line(before[0]) + 1, "a step's heading is expected first, as `## heading`.")
    for head, following in pairwise([*heads, len(top)]):
        end = _line(top[following]) if following < len(top) else len(lines)
        yield _block(lines, top[head:following], end)


def _block(lines: Sequence[str], tokens: Sequence[Token], end: int) -> _Block:
    line = _line(tokens[0])
    after = tokens[1] if len(tokens) > 1 else None
    is_yaml = after is not None and after.type == "fence" and after.info.strip() == "yaml"
    notes = (_line(token) for token in tokens if _is_notes(token, lines))
    heading = lines[line].strip().strip("#").strip()
    span = (after.map[0], after.map[1]) if is_yaml and after is not None and after.map else None
    return _Block(heading, line, end, span, next(notes, None))


def _is_notes(token: Token, lines: Sequence[str]) -> bool:
    return token.type == "heading_open" and lines[_line(token)].strip().strip("# ") == NOTES


def _line(token: Token) -> int:
    return token.map[0] if token.map else 0


def _step(lines: Sequence[str], block: _Block, checks: Checks, state: dict[str, Any]) -> Step:
    fields = Fields(block.line + 1)
    if block.yaml:
        start, end = block.yaml
        fields = read_fields("\n".join(lines[start + 1 : end - 1]), checks.file, start + 2)
    checks.only(fields, STEP_FIELDS)
    changed = {**state, **checks.state(fields)}
    begin = block.yaml[1] if block.yaml else block.line + 1
    text = "\n".join(lines[begin : block.notes or block.end]).strip()
    notes = "" if block.notes is None else "\n".join(lines[block.notes + 1 : block.end]).strip()
    _check_texts(block, text, changed, checks.file)
    return Step(
        heading=block.heading,
        text=text,
        fields=changed,
        points=checks.points(fields),
        claims=_claims(fields, checks),
        question=checks.question(fields),
        notes=notes,
        line=block.line + 1,
    )


def _check_texts(block: _Block, text: str, state: dict[str, Any], file: str) -> None:
    if not block.heading:
        raise fault(file, block.line + 1, "a heading's words are expected behind `##`.")
    if not 1 <= len(text) <= LONGEST_TEXT:
        expected = f"one or two sentences are expected, 1 to {LONGEST_TEXT} characters, not {len(text)}."
        raise fault(file, block.line + 1, expected)
    if "conversation" not in state:
        expected = "`conversation` is expected, in the step's YAML or in the front matter's `state`."
        raise fault(file, block.line + 1, expected)


def _claims(fields: Fields, checks: Checks) -> tuple[str, ...]:
    claims = fields.get("claims", [])
    fits = isinstance(claims, list) and all(isinstance(claim, str) for claim in claims)
    checks.expect(fits, fields, "claims", "a list of comparisons such as `trained == tokens`")
    for claim in claims:
        try:
            claim_parts(claim)
        except ValueError:
            expected = f"a comparison such as `trained == tokens` is expected, not `{claim}`."
            raise fault(checks.file, fields.line_of("claims"), expected) from None
    return tuple(claims)


def _check_figures(step: Step, file: str, has_before: bool) -> None:
    """Every figure that is named is one there is; and the state as a whole can be read."""
    known = known_figures(step, has_before)
    named = [name for text in texts(step) for name in PLACEHOLDER.findall(text)]
    named += [claim_parts(claim)[0] for claim in step.claims]
    for name in named:
        if name not in known:
            raise fault(file, step.line, f"{{{name}}} is no figure of this step; there are {_some(known)}.")
    try:
        step.state()
    except LossmaskError as error:
        raise fault(file, step.line, error.detail) from None


def _some(known: frozenset[str]) -> str:
    return ", ".join(sorted(known, key=lambda name: (name.count("."), name)))
