"""An engine that answers by hand, for tests of the page as plain HTML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lossmask.core.analysis import Analysis
from lossmask.core.request import AnalysisRequest
from lossmask.errors import LossmaskError

from tests.factory import analysis

PASTE = '[{"role": "user", "content": "hi there"}, {"role": "assistant", "content": "hello"}]'

Post = Callable[..., Any]


class Engine:
    """Answers every analysis with the same thing, and remembers what was asked."""

    def __init__(self) -> None:
        self.answer: Analysis | LossmaskError = analysis()
        self.asked: list[AnalysisRequest] = []

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        self.asked.append(request)
        if isinstance(self.answer, LossmaskError):
            raise self.answer
        return self.answer
