"""The matrix as the page draws it: paths on one scale, signs with words, reasons in place of strips."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from lossmask.core.analysis import Outcome
from lossmask.core.matrix import ASPECTS, Insertion, Matrix, MatrixRow, MissingRow, StripRun, TurnSpan
from lossmask.web.views.matrix import MOST_RUNS, MOST_TURNS, VERDICTS, matrix_view

ROW = MatrixRow(
    strategy="full",
    framework="x",
    version="1",
    outcome=Outcome(),
    tokens=10,
    trained=4,
    aspects=dict.fromkeys(ASPECTS, "no"),
    runs=(StripRun(0, 5, "masked"), StripRun(5, 9, "trained"), StripRun(9, 10, "absent")),
    insertions=(),
)


def bars(path: str) -> list[tuple[int, int]]:
    """Start and width of every bar of a path."""
    return [(int(start), int(width)) for start, width in re.findall(r"M(\d+) \d+h(\d+)", path)]


def test_each_state_has_bars_of_its_own_height() -> None:
    [row] = matrix_view(Matrix(10, (), (ROW,)), "full").rows
    assert row.paths is not None
    assert {state: bars(path) for state, path in row.paths.items()} == {
        "masked": [(0, 5)],
        "trained": [(5, 4)],
        "absent": [(9, 1)],
    }
    assert len({re.findall(r"v\d+", path)[0] for path in row.paths.values()}) == 3
    assert (row.chosen, row.share, row.sentence) == (True, "40 %", "4 of 10 tokens trained, in 1 stretch")


def test_a_label_that_no_prediction_uses_is_not_counted() -> None:
    [row] = matrix_view(Matrix(10, (), (replace(ROW, unused=1),)), "").rows
    assert (row.trained, row.share) == (3, "30 %")


def test_too_many_runs_are_drawn_in_columns_that_keep_what_trains() -> None:
    tokens = 10 * MOST_RUNS
    runs = tuple(StripRun(n, n + 1, "trained" if n % 2 else "masked") for n in range(tokens))
    [row] = matrix_view(Matrix(tokens, (), (replace(ROW, runs=runs),)), "").rows
    assert row.paths is not None
    assert bars(row.paths["trained"]) == [(0, tokens)]


def test_rows_stand_in_the_order_of_the_registry_with_those_not_worked_out() -> None:
    dropped = replace(ROW, strategy="axolotl", outcome=Outcome("dropped", "Too long."))
    missing = MissingRow("trl-full", "trl", "1", "No time.")
    found = matrix_view(Matrix(10, (), (dropped, ROW), (missing,)), "").rows
    assert [(row.strategy.name, row.kind, row.reason) for row in found] == [
        ("full", "ok", ""),
        ("trl-full", "missing", "No time."),
        ("axolotl", "dropped", "Too long."),
    ]


def test_options_that_are_not_the_default_and_what_was_added_are_told() -> None:
    given = replace(
        ROW, strategy="axolotl", options={"train_on_eos": "all"}, insertions=(Insertion(10, 2, 0),)
    )
    [row] = matrix_view(Matrix(10, (), (given,)), "").rows
    assert row.changed == 'train_on_eos: "all"'
    assert row.remarks == ("2 tokens added that the rendering does not have.",)


def test_an_option_that_was_worked_out_goes_along() -> None:
    given = {"response_template": "<a>\n"}
    row = replace(ROW, strategy="trl-response-template", options=given, remark="Worked out.")
    assert matrix_view(Matrix(10, (), (row,)), "").found == (
        ("trl-response-template.response_template", "<a>\n"),
    )
    assert matrix_view(Matrix(10, (), (replace(row, remark=None),)), "").found == ()


def test_turns_are_named_where_there_is_room() -> None:
    turns = (TurnSpan(0, "user", 0, 96), TurnSpan(1, "assistant", 96, 100))
    view = matrix_view(Matrix(100, turns, ()), "")
    assert [(turn.x, turn.width, turn.name) for turn in view.turns] == [(0, 96, "user"), (96, 4, "")]
    assert view.turns[1].title == "assistant, 4 tokens"
    assert view.edges == "M96 0v20"


def test_very_many_turns_are_not_marked() -> None:
    turns = tuple(TurnSpan(n, "user", n, n + 1) for n in range(MOST_TURNS + 1))
    view = matrix_view(Matrix(MOST_TURNS + 1, turns, ()), "")
    assert (view.turns, view.edges) == ((), "")


@pytest.mark.parametrize("part", [0, 1])
def test_verdicts_differ_in_sign_and_word(part: int) -> None:
    assert len({shown[part] for shown in VERDICTS.values()}) == len(VERDICTS)
