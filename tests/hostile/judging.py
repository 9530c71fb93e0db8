"""What holds of every hostile request: its outcome, in time, in memory, and beside good ones."""

from __future__ import annotations

import json
from typing import Any

from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.engine.worker import KEPT, encoded

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
    assert ended.seconds <= _deadline(arena, outcome) + SLACK + ended.lag, ended
    _check_memory(arena)
    return ended


def _deadline(arena: Arena, outcome: str) -> float:
    return {
        "template-timeout": arena.job,
        "tokenizer-timeout": arena.load,
    }.get(outcome, arena.job + arena.load)


def _check_memory(arena: Arena) -> None:
    """No worker ever held more than it may: its start, its share of caches, and one job's budget."""
    room = (KEPT + 1) * MEGABYTES * 2**20
    for process, peak in arena.watch.peaks.items():
        assert peak.most <= peak.first + room, process
        assert peak.most_resident <= peak.first_resident + room, process
