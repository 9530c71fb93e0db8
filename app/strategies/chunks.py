"""What each message adds to the rendering of the messages so far, with the origin of every character.

    messages so far   rendering            chunk
    1                 "<u>hi<e>"           "<u>hi<e>"
    1, 2              "<u>hi<e><a>hey<e>"  "<a>hey<e>"

A chunk begins at the first character that differs from the rendering before. Where the template
writes an earlier message otherwise once another follows, that is inside the earlier message:
what stands after it is *repeated*, in the chunk before and in this one. A character takes its
origin from the longest rendering that still has it, so that a generation prompt which a reply
follows is that reply's header.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..core.conversation import Conversation
from ..core.provenance import Rendering
from ..core.spans import shared_prefix
from .alone import refused
from .context import Context
from .joined import excerpt, join_renderings


class Chunk(NamedTuple):
    """What one message adds. `repeated` counts the characters before it that the template took back."""

    message: int
    rendering: Rendering
    repeated: int


class _Step(NamedTuple):
    """The rendering of the messages so far: its length, and where it leaves the one before."""

    length: int
    start: int


class _Prefixes:
    """Renderings of the first messages, each with a generation prompt where it asks for one."""

    def __init__(self, context: Context, prompted: Sequence[bool]) -> None:
        self._context = context
        self._prompted = prompted
        # The last of all is asked for again and again, and the others in order.
        self.traced = lru_cache(maxsize=8)(self._traced)

    def steps(self, framework: str) -> list[_Step]:
        """How each rendering goes on from the one before; only two texts are held at a time."""
        count = len(self._prompted)
        found: list[_Step] = []
        before = ""
        for index, prompt in enumerate(self._prompted):
            with refused(f"{framework} renders the first {index + 1} of {count} messages without the rest"):
                text = self._context.render(self._first(index), add_generation_prompt=prompt)
            found.append(_Step(len(text), shared_prefix(before, text)))
            before = text
        return found

    def _first(self, index: int) -> Conversation:
        whole = self._context.conversation
        return Conversation(whole.messages[: index + 1], whole.tools)

    def _traced(self, index: int) -> Rendering:
        prompt = self._prompted[index]
        return self._context.rendered(conversation=self._first(index), add_generation_prompt=prompt)


def chunks(context: Context, framework: str, prompted: Sequence[bool]) -> list[Chunk]:
    """One chunk per message; `prompted` tells after which of them the generation prompt is written.

    Raises:
        TemplateError: the template refuses the first messages without the rest.
    """
    prefixes = _Prefixes(context, prompted)
    steps = prefixes.steps(framework)
    return [_chunk(steps, index, prefixes.traced) for index in range(len(steps))]


def _chunk(steps: list[_Step], index: int, traced: Callable[[int], Rendering]) -> Chunk:
    stretches = [excerpt(traced(row), start, end) for row, start, end in _stretches(steps, index)]
    before = steps[index - 1].length if index else 0
    return Chunk(index, join_renderings(stretches), before - steps[index].start)


def _stretches(steps: list[_Step], index: int) -> list[tuple[int, int, int]]:
    """Stretches of a chunk in order: the last rendering that has each, and its half-open characters."""
    first, end = steps[index].start, steps[index].length
    found = []
    for row in range(index, len(steps)):
        kept = steps[row + 1].start if row + 1 < len(steps) else 0
        start = max(first, min(end, kept))
        if start < end:
            found.append((row, start, end))
        end = start
        if end == first:
            break
    return found[::-1]
