"""Where every character of a rendering came from: origins, and runs of characters that share one.

Runs tile the text: ascending, no gap, no overlap. For the text `"<s>hi"`, with BOS
written by the template's variable and "hi" the content of message 0:

    starts         [0, 3]
    origin_ids     [0, 1]
    origins        [variable bos_token, message 0 content from character 0]
    run_messages   [-1, 0]

`run_messages` is the message whose turn a run stands in, or -1. A template literal has
one too where the template wrote it while it walked over the messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

IntArray: TypeAlias = NDArray[np.int32]
Kind: TypeAlias = Literal["message", "derived", "template", "variable", "argument"]

NO_MESSAGE = -1


class Origin(NamedTuple):
    """One source of characters.

    `message` origins are exact: character k of the run is character `start + k` of the
    field (of the string at `path` inside it, where the field is not a string itself).
    A `template` origin without a line is text that no source could be named for.
    """

    kind: Kind
    message: int | None = None
    field: str | None = None
    path: tuple[int | str, ...] = ()
    start: int | None = None
    line: int | None = None
    name: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The origin as the API writes it."""
        if self.kind == "template":
            return {"kind": "template", "line": self.line, "message": self.message}
        if self.kind in ("variable", "argument"):
            return {"kind": self.kind, "name": self.name}
        row: dict[str, Any] = {"kind": self.kind, "message": self.message, "field": self.field}
        if self.path:
            row["path"] = list(self.path)
        if self.start is not None:
            row["start"] = self.start
        return row


@dataclass(frozen=True, slots=True)
class Rendering:
    """The text a chat template made of a conversation, with the origin of every character."""

    text: str
    origins: tuple[Origin, ...]
    starts: IntArray
    """(runs,) first character of each run."""
    origin_ids: IntArray
    """(runs,) index into `origins`."""
    run_messages: IntArray
    """(runs,) index of the message whose turn the run is in, or -1."""
    generation_spans: tuple[tuple[int, int], ...] = ()
    """Half-open character spans of the `{% generation %}` blocks, in the order they closed."""

    @property
    def ends(self) -> IntArray:
        """(runs,) one past the last character of each run."""
        ends = np.empty_like(self.starts)
        ends[:-1] = self.starts[1:]
        ends[-1:] = len(self.text)
        return ends

    def runs(self) -> list[list[int]]:
        """`[start, end, origin]` for every run, as the API writes them."""
        rows: list[list[int]] = np.stack([self.starts, self.ends, self.origin_ids], axis=1).tolist()
        return rows


_NO_RUNS: IntArray = np.zeros(0, dtype=np.int32)

EMPTY = Rendering("", (), _NO_RUNS, _NO_RUNS, _NO_RUNS)
"""No text at all."""
