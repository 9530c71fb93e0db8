"""What the page's script gets of weights and losses: plain JSON, null for what is not known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lossmask.core.analysis import Analysis
from lossmask.web.forms import AnalysisForm
from lossmask.web.views.result import result_view

from tests.factory import CHAT, analysis, conversation
from tests.web.losses import LADDER, SOURCE, with_losses


def island(made: Analysis) -> Any:
    view = result_view(made, conversation(), AnalysisForm(), 128_000)
    return json.loads(json.dumps(view.island, allow_nan=False))


def test_without_losses_the_whole_is_the_sum_of_coefficients() -> None:
    made = island(analysis())
    assert made["losses"] is None
    assert made["whole"] == pytest.approx(1.0)


def test_with_losses_the_whole_is_the_loss() -> None:
    made = island(with_losses(analysis()))
    assert made["whole"] == pytest.approx((LADDER[0] + LADDER[1] + LADDER[2]) / 3)


def test_losses_travel_short_and_likely_pieces_once() -> None:
    losses = island(with_losses(analysis()))["losses"]
    assert losses["source"] == SOURCE
    assert losses["cross_entropy"][:3] == [None, 0.5, 1.5]
    assert losses["ranks"][:3] == [-1, 7, 14]
    assert losses["likeliest"][0] == []
    assert losses["likeliest"][1] == [900, 0.4, 901, 0.2, 902, 0.133333, 903, 0.1, 904, 0.08]
    assert losses["pieces"] == {str(900 + place): f"·word{place}" for place in range(5)}


def test_a_coefficient_that_is_not_known_is_null() -> None:
    made = analysis()
    column = np.array([0, 0, 0, 0, 0, 0, np.nan, np.nan, 0.5])
    unknown = replace(made, examples=(replace(made.examples[0], coefficients=column),))
    assert island(unknown)["columns"]["coefficients"] == [6, 0.0, 2, None, 1, 0.5]
    assert island(unknown)["whole"] == 0.5
    assert len(CHAT) == len(column)
