"""What each job is at, kept where the pool can read it after the job's worker died.

A worker that is killed cannot say whether it was loading a tokenizer or running a chat template.
So it notes both, and when it began, in memory that it shares with the pool: a place for each job.
"""

from __future__ import annotations

import time
from typing import Any, Literal, TypeAlias

Stage: TypeAlias = Literal["waiting", "begun", "loading", "working"]
"""A job waits until its worker has taken it."""

_STAGES: tuple[Stage, ...] = ("waiting", "begun", "loading", "working")


class Stages:
    """A place for each job that may be under way; a worker gets the same one, through its `initargs`."""

    def __init__(self, places: int, context: Any) -> None:
        self._stages = context.RawArray("b", places)
        self._began = context.RawArray("d", places)

    def enter(self, place: int, stage: Stage) -> None:
        """Note that the job in this place begins a stage now."""
        self._began[place] = time.monotonic()
        self._stages[place] = _STAGES.index(stage)

    def at(self, place: int) -> Stage:
        """The stage that the job in this place has reached."""
        stage: Stage = _STAGES[self._stages[place]]
        return stage

    def seconds(self, place: int) -> float:
        """How long ago it began."""
        return time.monotonic() - float(self._began[place])
