"""The markers that a framework looks for in the ids of a row, and where they are.

Two frameworks tell replies by markers: TRL's old collator and Unsloth. Here a marker's ids are
those that the framework searches for, and a match is placed by the characters it covers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from ..core.example import Refusal
from ..core.provenance import IntArray, Rendering
from ..strategies.markers import find_all
from ..strategies.padding import pad_id
from ..strategies.turns import Turn
from ..strategies.unsloth_marker import Version, resolve
from ..strategies.unsloth_parts import detect_parts
from ..tokenization.tokenizer import Tokenizer
from .subject import Subject

Speaker: TypeAlias = Literal["assistant", "user"]

_OPTIONS: dict[str, tuple[tuple[str, Speaker], ...]] = {
    "trl-response-template": (("response_template", "assistant"), ("instruction_template", "user")),
    "unsloth-responses-only": (("response_part", "assistant"), ("instruction_part", "user")),
}


class Marker(NamedTuple):
    """A marker: the option that gives it, whose turns it opens, its text and the ids searched for.

    `starts` are the tokens at which it matches. A `given` one is not found by the framework itself.
    """

    option: str
    role: Speaker
    text: str
    ids: tuple[int, ...]
    starts: tuple[int, ...]
    given: bool
    padding: int | None = None
    """The padding token's id, where the collator takes it out of the labels that are searched."""

    @property
    def holds_padding(self) -> bool:
        """Whether the marker can match nowhere, since padding is one of its tokens."""
        return self.padding in self.ids


def markers_of(subject: Subject) -> list[Marker]:
    """The markers of the request's strategy; none where it has none or the framework refuses them."""
    options = _OPTIONS.get(subject.strategy.name, ())
    if not options or not len(subject.context.tokens):
        return []
    given = {name: subject.options[name] for name, _ in options}
    texts = given if given[options[0][0]] is not None else _detected(subject)
    roles = dict(options)
    return [
        marker
        for name, text in texts.items()
        if text and (marker := _marker(subject, name, roles[name], text, given[name] is not None))
    ]


def _detected(subject: Subject) -> dict[str, str]:
    context = subject.context
    try:
        # mypy does not take a protocol for hashable; a tokenizer is, by its identity.
        asked = context.source, context.tokenizer, subject.options["version"]
        instruction, response = _parts(*asked)  # type: ignore[arg-type]
    except Refusal:
        return {}
    return {"response_part": response, "instruction_part": instruction}


_parts = lru_cache(maxsize=32)(detect_parts)


def _marker(subject: Subject, option: str, role: Speaker, text: str, given: bool) -> Marker | None:
    tokenizer, ids = subject.context.tokenizer, subject.context.tokens.ids
    if subject.strategy.name == "trl-response-template":
        core: tuple[int, ...] | None = tuple(tokenizer.encode(text).ids.tolist())
        padding: int | None = _padding(subject)
    else:
        options = subject.options
        core = _core(text, tokenizer, options["force_match"], options["version"])  # type: ignore[arg-type]
        padding = None
    if not core:
        return None
    starts = () if padding in core else tuple(find_all(ids, core).tolist())
    return Marker(option, role, text, core, starts, given, padding)


def _padding(subject: Subject) -> int | None:
    try:
        return pad_id(subject.context.tokenizer, subject.options["pad_token"])
    except Refusal:
        return None


@lru_cache(maxsize=64)
def _core(text: str, tokenizer: Tokenizer, force_match: bool, version: Version) -> tuple[int, ...] | None:
    marker = resolve(text, tokenizer, force_match, version)
    return None if marker is None else tuple(marker.core)


class Place(NamedTuple):
    """Where a text or a match stands: its half-open characters, the turn, and what it is there."""

    start: int
    end: int
    turn: Turn | None
    what: Literal["header", "content", "elsewhere"]


def matches(subject: Subject, marker: Marker) -> Iterator[tuple[tuple[int, int], Place]]:
    """Every match: its half-open tokens, and its place."""
    offsets = subject.context.tokens.offsets
    for start in marker.starts:
        stop = start + len(marker.ids)
        first, last = int(offsets[start, 0]), int(offsets[stop - 1, 1])
        # Some special tokens swallow the white space after them, which may be the reply's own.
        characters = first, first + len(subject.context.rendering.text[first:last].rstrip())
        yield (start, stop), place(subject, marker, *characters)


def texts(subject: Subject, marker: Marker) -> Iterator[Place]:
    """Every place where the marker's text stands, whatever its ids are there."""
    text, start = subject.context.rendering.text, -1
    while (start := text.find(marker.text, start + 1)) >= 0:
        yield place(subject, marker, start, start + len(marker.text))


def place(subject: Subject, marker: Marker, start: int, end: int) -> Place:
    """What these characters are: part of what someone said, what opens a turn, or neither."""
    turns = subject.context.turns.turns
    around = next((turn for turn in turns if turn.first_character < end <= turn.last_character), None)
    if _is_said(subject.context.rendering, start, end):
        return Place(start, end, around, "content")
    # A marker may end where the turn begins, as [/INST] does, and leave out white space before the words.
    opened = [turn for turn in turns if turn.first_character <= end <= turn.content_from]
    ours = [turn for turn in opened if turn.role == marker.role]
    if ours or around in opened:
        return Place(start, end, ours[0] if ours else around, "header")
    return Place(start, end, around, "elsewhere")


def _is_said(rendering: Rendering, start: int, end: int) -> bool:
    """Whether every visible character comes out of what a message says."""
    first = int(rendering.starts.searchsorted(start, side="right")) - 1
    rows = range(max(first, 0), int(rendering.starts.searchsorted(end)))
    seen = [row for row in rows if _has_text(rendering, row, start, end)]
    origins = [rendering.origins[int(rendering.origin_ids[row])] for row in seen]
    said = [origin.kind in ("message", "derived") and origin.field != "role" for origin in origins]
    return bool(said) and all(said)


def _has_text(rendering: Rendering, row: int, start: int, end: int) -> bool:
    first = max(start, int(rendering.starts[row]))
    last = min(end, int(rendering.ends[row]))
    return bool(rendering.text[first:last].strip())


def ids_between(subject: Subject, start: int, end: int) -> tuple[tuple[int, int], IntArray]:
    """The half-open tokens that cover some characters, and their ids."""
    offsets = subject.context.tokens.offsets
    inside = np.flatnonzero((offsets[:, 0] < end) & (offsets[:, 1] > start))
    if not len(inside):
        return (0, 0), np.zeros(0, dtype=np.int32)
    span = int(inside[0]), int(inside[-1]) + 1
    return span, subject.context.tokens.ids[slice(*span)]


def header(subject: Subject, role: Speaker) -> tuple[int, int] | None:
    """The half-open characters that open the last turn of a role, up to its words."""
    turns = [turn for turn in subject.context.turns.turns if turn.role == role]
    if not turns:
        return None
    turn, rendering = turns[-1], subject.context.rendering
    start, end = turn.first_character, turn.content_from
    if role == "assistant":
        end = max(subject.context.supplied_to(turn), start)
    if not rendering.text[start:end].strip():
        start = _template_before(rendering, start)
    return (start, end) if start < end else None


def _template_before(rendering: Rendering, character: int) -> int:
    """Where the text begins that the template wrote before a character without a break."""
    row = int(rendering.starts.searchsorted(character)) - 1
    while row >= 0 and rendering.origins[int(rendering.origin_ids[row])].kind == "template":
        character = int(rendering.starts[row])
        row -= 1
    return character


def working_text(subject: Subject, role: Speaker, text: str | None = None) -> str | None:
    """A marker whose ids alone are those in context: what the template writes, or an end of it."""
    found = header(subject, role)
    written = "" if found is None else subject.context.rendering.text[slice(*found)]
    ids, encode = subject.context.tokens.ids, subject.context.tokenizer.encode
    for whole in filter(None, (text, written, written.strip())):
        for start in range(max(len(whole) - 2, 1)):
            part = whole[start:]
            if part.strip() and found and len(find_all(ids, encode(part).ids)):
                return part
    return None
