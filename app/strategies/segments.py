"""Stretches of characters with one part each, told from the origins of a rendering.

Inside a turn: what precedes the message's own text is its header; what follows it belongs
to the last thing said, until the end of the turn is found among the tokens; text between
two tool calls is part of them; a thinking block reaches from its opening mark to its
closing one, wherever the two came from.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.conversation import Conversation
from ..core.parts import PART_ID, Part
from ..core.provenance import NO_MESSAGE, IntArray, Origin, Rendering

THINKING_FIELDS = frozenset({"reasoning_content", "thinking", "reasoning"})

_THINKING = re.compile(
    r"<think>.*?</think>\s*"
    r"|<thinking>.*?</thinking>\s*"
    r"|<seed:think>.*?</seed:think>\s*"
    r"|\[THINK\].*?\[/THINK\]"
    r"|<\|START_THINKING\|>.*?<\|END_THINKING\|>"
    r"|<\|channel\|>analysis<\|message\|>.*?<\|end\|>"
    r"|<\|channel>thought.*?<channel\|>",
    re.DOTALL,
)
_OPENINGS = ("think", "THINK", "|channel")


@dataclass(slots=True)
class Segments:
    """Columns over segments, and half-open character spans by message."""

    starts: IntArray
    parts: NDArray[np.uint8]
    spoken: dict[int, tuple[int, int]]
    """The message's own text, from its first character to its last."""
    turns: dict[int, tuple[int, int]]
    """The longest stretch of the text that belongs to the message."""
    opening_calls: frozenset[int]
    """The messages whose own text begins with a tool call."""


def segments(conversation: Conversation, rendering: Rendering) -> Segments:
    """The parts of a rendering, by characters."""
    runs = _runs(rendering)
    sketch = _Sketch(rendering.text, with_tools=conversation.tools is not None)
    turns: dict[int, tuple[int, int]] = {}
    for first, last in _stretches(runs):
        message, start, end = runs[first][2], runs[first][0], runs[last - 1][1]
        if message == NO_MESSAGE:
            sketch.outside(runs[first:last])
            continue
        known = turns.get(message, (0, 0))
        turns[message] = (start, end) if end - start > known[1] - known[0] else known
        sketch.inside(runs[first:last])
        if conversation.role(message) == "assistant":
            sketch.think(message, start, end)
    ids = np.array([PART_ID[part] for part in sketch.parts], dtype=np.uint8)
    return Segments(
        np.array(sketch.starts, dtype=np.int32), ids, sketch.spoken, turns, frozenset(sketch.opening_calls)
    )


_Run = tuple[int, int, int, Origin]
"""Start, end, message, origin."""


def _runs(rendering: Rendering) -> list[_Run]:
    origins = rendering.origins
    columns = (rendering.starts, rendering.ends, rendering.run_messages, rendering.origin_ids)
    return [
        (start, end, message, origins[origin])
        for start, end, message, origin in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _stretches(runs: list[_Run]) -> list[tuple[int, int]]:
    """Half-open ranges of runs that belong to one message, or to none."""
    edges = [row for row in range(1, len(runs)) if runs[row][2] != runs[row - 1][2]]
    return list(zip([0, *edges], [*edges, len(runs)], strict=True)) if runs else []


def _said(origin: Origin) -> Part | None:
    """The part that a message's own text is, or None for what the template wrote around it."""
    if origin.kind not in ("message", "derived"):
        return None
    if origin.field == "content":
        return "content"
    if origin.field in THINKING_FIELDS:
        return "thinking"
    return "tool_call" if origin.field == "tool_calls" else None


class _Sketch:
    """Segments in the making, in the order of the text."""

    def __init__(self, text: str, with_tools: bool) -> None:
        self.text = text
        self.with_tools = with_tools
        self.starts: list[int] = []
        self.parts: list[Part] = []
        self.spoken: dict[int, tuple[int, int]] = {}
        self.opening_calls: set[int] = set()

    def outside(self, runs: list[_Run]) -> None:
        """What belongs to no message: BOS, a system prompt of the template's own, the tools."""
        tools = [row for row, run in enumerate(runs) if _is_tools(run[3])]
        for row, (start, _, _, origin) in enumerate(runs):
            part: Part = "system"
            if origin.kind == "variable" and origin.name == "bos_token":
                part = "bos"
            elif tools and tools[0] <= row <= tools[-1]:
                part = "tools"
            self._add(start, part)

    def inside(self, runs: list[_Run]) -> None:
        """A message's turn: header, its own text, and what follows."""
        said = [_said(run[3]) for run in runs]
        own = [row for row, part in enumerate(said) if part is not None]
        tail: Part = "tools" if self.with_tools and any(_is_tools(run[3]) for run in runs) else "separator"
        before: Part = "header"
        for row, (start, end, message, origin) in enumerate(runs):
            part = said[row]
            if part is not None:
                before = part
                if part == "tool_call" and message not in self.spoken:
                    self.opening_calls.add(message)
                self.spoken[message] = (self.spoken.get(message, (start, end))[0], end)
            elif _is_tools(origin):
                part = "tools"
            elif own and own[0] < row < own[-1]:
                part = _between(before, next(said[later] for later in own if later > row))
            else:
                part = tail if before == "content" else before
            self._add(start, part)

    def think(self, message: int, start: int, end: int) -> None:
        """Mark the thinking that opens a turn's own text, wherever its marks came from."""
        turn = self.text[start:end]
        if not any(mark in turn for mark in _OPENINGS):
            return
        opened, spoken_to = self.spoken.get(message, (end, start))
        for match in _THINKING.finditer(turn):
            first, last = start + match.start(), start + match.end()
            if first > opened and self.text[opened:first].strip():
                return
            self._overlay(first, last, end)
            opened, spoken_to = last, max(spoken_to, last)
            self.spoken[message] = (self.spoken.get(message, (last, last))[0], spoken_to)

    def _add(self, start: int, part: Part) -> None:
        self.starts.append(start)
        self.parts.append(part)

    def _overlay(self, first: int, last: int, end: int) -> None:
        """Make `[first, last)` thinking, and keep what was there on both sides."""
        begin = bisect_right(self.starts, first) - 1
        stop = bisect_right(self.starts, last - 1) - 1
        next_start = self.starts[stop + 1] if stop + 1 < len(self.starts) else end
        rows: list[tuple[int, Part]] = [(first, "thinking")]
        if self.starts[begin] < first:
            rows.insert(0, (self.starts[begin], self.parts[begin]))
        if last < next_start:
            rows.append((last, self.parts[stop]))
        self.starts[begin : stop + 1] = [start for start, _ in rows]
        self.parts[begin : stop + 1] = [part for _, part in rows]


def _is_tools(origin: Origin) -> bool:
    return origin.kind == "argument" and origin.name == "tools"


def _between(before: Part, after: Part | None) -> Part:
    """A literal between two texts of one message opens a tool call, or goes on with what was before."""
    return "tool_call" if after == "tool_call" else before
