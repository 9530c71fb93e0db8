"""Asking a server on loopback about an analysis made by hand, and what comes of it."""

from __future__ import annotations

import asyncio

import pytest
from lossmask.core.losses import Losses
from lossmask.errors import LossesError
from lossmask.losses.endpoint import losses_of_endpoint
from lossmask.settings import Settings

from tests.factory import CHAT, analysis
from tests.losses.fake_server import FakeServer

ANALYSIS = analysis()
EXAMPLE = ANALYSIS.examples[0].example
IDS = EXAMPLE.tokens.ids.tolist()
TEXTS = [word.text for word in CHAT]
COUNT = len(IDS)


def settings(fake: FakeServer, **more: str) -> Settings:
    """Those that lead to the server; more of them by the name behind `LOSSMASK_LOGPROBS_`."""
    values = {"url": fake.url, "seconds": "20", **more}
    return Settings({f"LOSSMASK_LOGPROBS_{name.upper()}": value for name, value in values.items()})


def asked(fake: FakeServer, **more: str) -> Losses:
    """The losses of the analysis's only example."""
    (found,) = asyncio.run(losses_of_endpoint(ANALYSIS, settings(fake, **more)))
    return found


def refused(fake: FakeServer, **more: str) -> LossesError:
    """The error that the asking ends with."""
    with pytest.raises(LossesError) as caught:
        asked(fake, **more)
    return caught.value
