"""What a rule gets to see, built from the fields of a request through the engine's own functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analysed
from lossmask.findings.subject import Subject
from lossmask.settings import Settings

TODAY = "2026-11-23"


def subject_for(fields: Mapping[str, Any], settings: Settings | None = None) -> Subject:
    """The subject of a request; its date is fixed where the fields name none.

    >>> subject_for({"conversation": [{"role": "user", "content": "hi"}], "strategy": "full"}).outcome.kind
    'ok'
    """
    request = AnalysisRequest.from_json({"today": TODAY, **fields})
    return analysed(request, settings or Settings({}))
