"""The process that holds a model: one job from standard input, its losses to standard output, then it ends.

Started as `python -P -m lossmask.losses.worker`. The job is one line of JSON; progress, a refusal
or the result are lines of JSON, the result followed by the bytes of its arrays. It writes no file,
uses no network, runs no code of a model's repository, and ends when whoever started it is gone.

Covered on Linux: a limit on the memory it takes beyond what its libraries do, its checkpoint's
mapped files not counted. Not covered: the memory of a GPU, which its driver limits.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from ..errors import LossmaskError
from .forward import Scores, scores
from .limits import limit_memory
from .loading import Loaded, load_model

_PAUSE = 0.1
"""Seconds between two reports of one step."""

_NO_MEMORY = ("out of memory", "allocate memory", "bad_alloc")
"""What the libraries say, each in its own kind of exception."""

Job: TypeAlias = Mapping[str, Any]


class _Reports:
    """Lines to whoever started the process."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._last = ("", 0.0)

    def progress(self, step: str, done: int, total: int) -> None:
        """At most ten lines a second for each step."""
        now = time.monotonic()
        if step == self._last[0] and done < total and now < self._last[1] + _PAUSE:
            return
        self._last = step, now
        self.line(event="progress", step=step, done=done, total=total)

    def line(self, **members: Any) -> None:
        self._out.write(json.dumps(members).encode() + b"\n")
        self._out.flush()

    def result(self, arrays: Mapping[str, Any], pieces: Mapping[int, str]) -> None:
        body = io.BytesIO()
        np.savez(body, **arrays)
        self.line(event="result", bytes=body.tell(), pieces=pieces)
        self._out.write(body.getvalue())
        self._out.flush()


def main() -> None:
    """Do the one job."""
    from ..engine.limits import confine

    # Libraries ask for its name, which is found by writing a file.
    tempfile.gettempdir()
    confine()
    out = os.fdopen(os.dup(1), "wb")
    # What libraries print must not come between the lines.
    os.dup2(2, 1)
    reports = _Reports(out)
    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _do(job, reports)
    except LossmaskError as error:
        reports.line(event="refused", code=error.code, detail=error.detail)
    except BaseException as error:
        kind = "memory" if _is_memory(error) else "fault"
        reports.line(event=kind, traceback=traceback.format_exc())
    out.close()


def _do(job: Job, reports: _Reports) -> None:
    reports.progress("starting", 0, 0)
    warnings.simplefilter("ignore")
    import torch
    import transformers  # noqa: F401

    limit_memory(job["megabytes"], job["mapped_bytes"])
    loaded = load_model(Path(job["folder"]), job["name"], job["megabytes"], reports.progress)
    found = _scored(job, loaded, reports)
    arrays = {f"{field}{i}": getattr(row, field) for i, row in enumerate(found) for field in Scores._fields}
    del loaded, torch
    reports.result(arrays, _pieces(job, found))


def _scored(job: Job, loaded: Loaded, reports: _Reports) -> list[Scores]:
    examples = job["examples"]
    total = sum(len(example["ids"]) for example in examples)
    found: list[Scores] = []
    before = 0
    for example in examples:
        ids, targets = (np.array(example[name], np.int32) for name in ("ids", "targets"))
        loaded.check(ids, targets)
        with loaded.counting_layers(reports.progress):
            found.append(scores(loaded.model, ids, targets, _told(reports, before, total)))
        before += len(ids)
        reports.progress("scoring", before, total)
    return found


def _told(reports: _Reports, before: int, total: int) -> Callable[[int], None]:
    return lambda done: reports.progress("scoring", before + done, total)


def _pieces(job: Job, found: list[Scores]) -> dict[int, str]:
    """The vocabulary's entry of each id that is likely anywhere, of the tokenizer that made the ids."""
    from ..tokenization.load import load
    from ..tokenization.locate import Location

    given = job["tokenizer"]
    tokenizer = load(Location(given["name"], given["revision"], Path(given["folder"])), given["loader"])
    used = np.unique(np.concatenate([row.likeliest.ravel() for row in found]))
    used = used[used >= 0]
    return dict(zip(used.tolist(), tokenizer.pieces(used), strict=True))


def _is_memory(error: BaseException) -> bool:
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in said for sign in _NO_MEMORY)


def _end_with_parent() -> None:
    """Standard input stays open as long as whoever started this is there."""
    while sys.stdin.buffer.read(1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
