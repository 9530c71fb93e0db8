"""Analyses with losses made by hand, for tests of what shows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from lossmask.core.analysis import Analysis
from lossmask.core.losses import Likely, Losses
from lossmask.core.request import AnalysisRequest
from lossmask.settings import Settings
from lossmask.web.app import create_app
from starlette.testclient import TestClient

LADDER = (0.1, 0.5, 1.5, 3.0, 6.0, 10.0)
"""One loss for each step of the heat palette."""
SOURCE = "a model made for the test"


def with_losses(analysis: Analysis) -> Analysis:
    """Losses that climb the ladder over and over; nothing is known at position 0."""
    return analysis.with_losses([ladder(len(one.example.tokens)) for one in analysis.examples])


def ladder(count: int) -> Losses:
    """The ladder over `count` positions, with ranks and the likeliest tokens."""
    loss = np.resize(np.array(LADDER), count)
    loss[:1] = np.nan
    ranks = np.arange(count, dtype=np.int32) * 7 % 20
    ranks[:1] = -1
    likely = tuple(Likely(900 + place, f"·word{place}", 0.4 / (place + 1)) for place in range(5))
    likeliest = tuple(likely if position else () for position in range(count))
    return Losses(SOURCE, loss, ranks, likeliest)


class Answers:
    """An engine that gives the same analysis to every request."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.asked: list[AnalysisRequest] = []

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        self.asked.append(request)
        return self.analysis


@contextmanager
def answering(analysis: Analysis) -> Iterator[TestClient]:
    """A client of the application with that engine; no worker process starts."""
    app = create_app(Settings({}))
    app.state.pool = Answers(analysis)
    client = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5_000))
    yield client
    client.close()
