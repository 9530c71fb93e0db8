"""What holds of every hostile request: its outcome, in time, in memory, and beside good ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.engine.encoding import encoded
from lossmask.engine.host import KEPT

from tests.hostile.arena import MEGABYTES, SLACK, Arena, Ended

GOOD = AnalysisRequest.from_json(
    {
        "conversation": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": "a recipe, please"},
            {"role": "assistant", "content": "take a pan"},
        ],
        "today": "2026-11-23",
    }
)

GOOD_SECONDS = 2.0
"""Within which a good request is answered, whatever became of the hostile one; it takes hundredths."""


@dataclass
class Figures:
    """What was measured over all hostile requests, told when the tests end."""

    requests: int = 0
    over: float = 0.0
    memory: int = 0
    good: float = 0.0
    lag: float = 0.0

    def note(self, ended: Ended, beside: Ended, after: Ended) -> None:
        self.requests += 1
        self.good = max(self.good, beside.seconds, after.seconds)
        self.lag = max(self.lag, ended.lag)

    def __str__(self) -> str:
        return (
            f"{self.requests} hostile requests: at most {self.over:.2f} s over a deadline, "
            f"{self.memory / 2**20:.0f} MiB of memory beyond a worker's start, {self.good:.2f} s for a good "
            f"request beside or after; the machine itself was at most {self.lag:.2f} s late."
        )


FIGURES = Figures()
_golden: list[Any] = []


def golden() -> Any:
    """What the good request gives by itself, in this process."""
    if not _golden:
        _golden.append(json.loads(encoded(analyse(GOOD).as_json())))
    return _golden[0]


def judged(arena: Arena, request: AnalysisRequest, outcome: str) -> Ended:
    """Send a hostile request between good ones, and give how it ended once all that must hold does."""
    ended, beside, after = arena.both(request, GOOD)
    assert ended.outcome == outcome, f"{ended.outcome} after {ended.seconds:.2f} s: {ended.detail}"
    assert beside.body == golden(), beside.detail
    assert after.body == golden(), after.detail
    _check_time(arena, ended)
    for good in (beside, after):
        assert good.seconds <= GOOD_SECONDS + good.lag, good
    _check_memory(arena)
    FIGURES.note(ended, beside, after)
    return ended


def _check_time(arena: Arena, ended: Ended) -> None:
    assert ended.seconds <= arena.load + arena.job + SLACK + ended.lag, ended
    deadline = {"template-timeout": arena.job, "tokenizer-timeout": arena.load}.get(ended.outcome)
    if deadline is None:
        return
    assert ended.stopped_after is not None
    over = ended.stopped_after - deadline
    assert 0 <= over <= SLACK + ended.lag, ended
    FIGURES.over = max(FIGURES.over, over)


def _check_memory(arena: Arena) -> None:
    """No worker ever held more than it may: its start, its share of caches, and one job's budget."""
    room = (KEPT + 1) * MEGABYTES * 2**20
    for process, peak in arena.watch.peaks.items():
        assert peak.most <= peak.first + room, process
        assert peak.most_resident <= peak.first_resident + room, process
        FIGURES.memory = max(FIGURES.memory, peak.most_resident - peak.first_resident)
