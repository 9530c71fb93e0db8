"""Origins held against the messages they name, for text of a row that a framework rewrote first.

Some frameworks join the parts of a message, move its thinking or rename its fields before they render it.
The rendering's origins then name fields of that, not of what the user wrote:

    message    {"content": [{"type": "text", "text": "to bake, "}, {"type": "text", "text": "one waits"}]}
    rendered   "to bake, one waits"         said to be `content` from character 0
    true       "to bake, "                  `content`, part 0, `text`, from character 0
               "one waits"                  `content`, part 1, `text`, from character 0

Where the text stands in the message, once or where it was said to be, the origin is exact; else it is
derived from the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from .conversation import Message
from .provenance import Origin, Rendering

Path: TypeAlias = tuple[int | str, ...]

PART_TEXTS = ("text", "content", "value")
"""Under which names a part of a message holds its text."""


class Leaf(NamedTuple):
    """A text somewhere in a message."""

    field: str
    path: Path
    text: str


MOST_SEARCHES = 1_000
"""How many runs are looked for in their messages; those beyond are derived. A row of chat has a few dozen."""

_Stretch: TypeAlias = tuple[int, Origin]
"""So many characters of one origin."""


def true_origins(rendering: Rendering, messages: Sequence[Message]) -> Rendering:
    """The same text, each run that is said to be of a message being its characters; itself where all are."""
    held = _Held(messages)
    said = [rendering.origins[which] for which in rendering.origin_ids.tolist()]
    found = [
        held.stretches(origin, rendering.text[start:end])
        for origin, (start, end, _) in zip(said, rendering.runs(), strict=True)
    ]
    if all([origin for _, origin in stretches] == [was] for was, stretches in zip(said, found, strict=True)):
        return rendering
    table: dict[Origin, int] = {}
    stretches = [stretch for of_run in found for stretch in of_run]
    ids = [table.setdefault(origin, len(table)) for _, origin in stretches]
    starts = [0, *accumulate(length for length, _ in stretches[:-1])]
    turns = rendering.run_messages.repeat([len(of_run) for of_run in found])
    columns = (np.array(starts, dtype=np.int32), np.array(ids, dtype=np.int32), turns)
    return Rendering(rendering.text, tuple(table), *columns, rendering.generation_spans)


@dataclass(slots=True)
class _Held:
    """The messages as the user wrote them."""

    messages: Sequence[Message]
    searches: int = MOST_SEARCHES

    def stretches(self, origin: Origin, text: str) -> list[_Stretch]:
        """What a run of this text truly consists of."""
        if origin.kind != "message" or origin.message is None or self._is_true(origin, text):
            return [(len(text), origin)]
        in_parts = [] if origin.path else _in_parts(origin, text, self.messages[origin.message])
        return in_parts or [(len(text), self._found(origin, text))]

    def _is_true(self, origin: Origin, text: str) -> bool:
        value = self.messages[origin.message or 0].get(str(origin.field))
        for key in origin.path:
            try:
                value = value[key]  # type: ignore[index]
            except (IndexError, KeyError, TypeError):
                return False
        return isinstance(value, str) and value.startswith(text, origin.start or 0)

    def _found(self, origin: Origin, text: str) -> Origin:
        """Where the text stands in its message, if that is one place."""
        self.searches -= 1
        leaves = _leaves(self.messages[origin.message or 0]) if self.searches >= 0 else ()
        places = [leaf for leaf in leaves for _ in range(_times(leaf.text, text))]
        if len(places) != 1:
            return Origin("derived", message=origin.message, field=self._named(origin, places))
        field, path, whole = places[0]
        return origin._replace(field=field, path=path, start=whole.index(text))

    def _named(self, origin: Origin, places: list[Leaf]) -> str | None:
        """The field that it is derived from: one that the message has, where any comes into question."""
        if origin.field in self.messages[origin.message or 0] or not places:
            return origin.field
        return places[0].field


def _times(whole: str, text: str) -> int:
    """How often a text stands in another, up to twice; it may overlap itself."""
    first = whole.find(text)
    return 0 if first < 0 else 1 + (whole.find(text, first + 1) >= 0)


def _in_parts(origin: Origin, text: str, message: Message) -> list[_Stretch]:
    """The stretches of a run that lies in a message's parts, one after another; none where it does not."""
    parts = list(_parts(message.get(str(origin.field))))
    joined, first = "".join(part for _, part in parts), origin.start or 0
    if not joined.startswith(text, first):
        return []
    found, begins = [], 0
    for path, part in parts:
        start, end = max(first, begins), min(first + len(text), begins + len(part))
        if start < end:
            found.append((end - start, origin._replace(path=path, start=start - begins)))
        begins += len(part)
    return found


def _parts(content: Any) -> Iterator[tuple[Path, str]]:
    for number, part in enumerate(content if isinstance(content, list) else ()):
        texts = ((name, part.get(name)) for name in PART_TEXTS) if isinstance(part, dict) else ()
        name, text = next(((name, text) for name, text in texts if text), ("", None))
        if isinstance(text, str):
            yield (number, name), text


def _leaves(message: Message) -> Iterator[Leaf]:
    for field, value in message.items():
        for path, text in _texts(value, ()):
            yield Leaf(field, path, text)


def _texts(value: Any, path: Path) -> Iterable[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, (*path, number))
