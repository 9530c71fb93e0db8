"""An analysis joined with a model's losses."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from lossmask.core.contributions import weigh
from lossmask.core.losses import Losses
from lossmask.core.request import Choice

from tests.factory import analysis

KNOWN = np.array([np.nan, 1.0, 2.0, 3.0, 4.0, 5.0, 0.5, 1.5, 4.0])
"""Of the nine tokens of the factory's conversation, whose last three train."""


def test_without_losses_contributions_are_the_coefficients() -> None:
    [example] = analysis().as_json()["examples"]
    assert example["contributions"] == example["coefficients"] == [0] * 6 + [1 / 3] * 3
    assert example["losses"] is None


def test_losses_multiply_the_coefficients_and_leave_masked_tokens_at_nothing() -> None:
    joined = analysis().with_losses([Losses("pasted", KNOWN)])
    [example] = joined.as_json()["examples"]
    assert example["contributions"] == pytest.approx([0] * 6 + [0.5 / 3, 0.5, 4 / 3])
    assert example["coefficients"] == [0] * 6 + [1 / 3] * 3
    assert example["losses"]["cross_entropy"] == [None, 1.0, 2.0, 3.0, 4.0, 5.0, 0.5, 1.5, 4.0]
    json.dumps(joined.as_json(), allow_nan=False)


def test_a_trained_token_without_a_loss_is_unknown() -> None:
    unknown = np.where(np.arange(9) == 8, np.nan, KNOWN)
    [example] = analysis().with_losses([Losses("pasted", unknown)]).as_json()["examples"]
    assert example["contributions"][8] is None
    assert example["coefficients"][8] == pytest.approx(1 / 3)


def test_dft_is_known_once_the_probabilities_are() -> None:
    found = analysis()
    weighed = weigh(Choice("dft"), [row.example for row in found.examples])
    found = replace(
        found,
        reduction=weighed.info,
        examples=(replace(found.examples[0], coefficients=weighed.columns[0]),),
    )
    assert found.as_json()["examples"][0]["coefficients"] == [0] * 6 + [None] * 3
    joined = found.with_losses([Losses("pasted", KNOWN)])
    assert joined.examples[0].coefficients[6:] == pytest.approx(np.exp(-KNOWN[6:]) / 3)
    assert joined.reduction.note is None


def test_an_example_without_losses_stays_as_it_is() -> None:
    found = analysis()
    joined = found.with_losses([None])
    assert joined.as_json() == found.as_json()


@pytest.mark.parametrize("losses", [[], [None, None], [Losses("pasted", KNOWN[:5])]])
def test_losses_that_do_not_fit_are_refused(losses: list[Losses | None]) -> None:
    with pytest.raises(ValueError, match=r"losses|zip"):
        analysis().with_losses(losses)


def test_the_reduction_is_told_in_full() -> None:
    told = analysis().as_json()["reduction"]
    assert set(told) == {"name", "options", "title", "formula", "with_numbers", "source", "note"}
    assert told["with_numbers"] == "1 ÷ 3 = 0.333 for each of 3 trained tokens"
