"""Fixtures of the losses' tests: servers on loopback that know the tokens of an analysis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.losses.endpoint import IDS, TEXTS
from tests.losses.fake_server import FakeServer, running_server


@pytest.fixture(params=["vllm", "sglang"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeServer]:
    with running_server(request.param, IDS, TEXTS) as fake:
        yield fake


@pytest.fixture
def vllm() -> Iterator[FakeServer]:
    with running_server("vllm", IDS, TEXTS) as fake:
        yield fake


@pytest.fixture
def sglang() -> Iterator[FakeServer]:
    with running_server("sglang", IDS, TEXTS) as fake:
        yield fake
