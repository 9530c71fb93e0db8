"""Rows of the table of tokens: weights and losses in figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from lossmask.core.analysis import Analysis
from lossmask.web.views.columns import states
from lossmask.web.views.table import Row, table_rows

from tests.factory import CHAT, Word, analysis
from tests.web.losses import with_losses


def rows(made: Analysis) -> tuple[Row, ...]:
    one = made.examples[0]
    return table_rows(made, one, states(one.example), 0, len(one.example.tokens))


def test_without_losses_there_are_no_cells_for_them() -> None:
    assert {row.losses for row in rows(analysis())} == {()}


def test_loss_probability_rank_and_product() -> None:
    assert rows(with_losses(analysis()))[7].losses == ("0.5", "0.6065", "10", "0.1667")


def test_a_masked_token_has_a_loss_and_adds_nothing() -> None:
    found = rows(with_losses(analysis()))
    assert found[2].losses == ("1.5", "0.2231", "15", "")
    assert found[0].losses == ("", "", "", "")


def test_what_is_masked_unused_and_unknown_of_a_weight() -> None:
    made = analysis([Word("a", 1, trained=True), Word("b", 1), Word("c", 1, trained=True)])
    assert [row.coefficient for row in rows(made)] == ["0", "", "1"]
    column = np.array([0, 0, np.nan])
    unknown = replace(made, examples=(replace(made.examples[0], coefficients=column),))
    assert rows(unknown)[2].coefficient == "unknown"
    assert len(rows(analysis())) == len(CHAT)
