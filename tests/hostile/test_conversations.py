from __future__ import annotations

import sys

import pytest
from lossmask.core.request import AnalysisRequest
from lossmask.core.request_text import read_request
from lossmask.errors import LossmaskError

from tests.hostile.arena import Arena
from tests.hostile.conversations import BODIES, Body
from tests.hostile.judging import judged

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux keeps all limits")


def test_there_are_enough() -> None:
    assert len(BODIES) >= 30
    assert len({case.name for case in BODIES}) == len(BODIES)


@pytest.mark.parametrize("case", BODIES, ids=str)
def test_a_body_ends_as_it_must(patient: Arena, case: Body) -> None:
    request = read(case.text)
    if isinstance(request, LossmaskError):
        assert (request.code, len(request.detail) < 3_000) == (case.outcome, True)
    else:
        judged(patient, request, case.outcome)


def read(text: str) -> AnalysisRequest | LossmaskError:
    """What the web process makes of a body before any worker sees it."""
    try:
        return read_request(text)
    except LossmaskError as error:
        return error
