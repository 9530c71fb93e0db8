"""What every reduction has in common: unused labels, names, options, the sentence with numbers."""

from __future__ import annotations

import numpy as np
import pytest
from lossmask.core.contributions import REDUCTIONS, Step, weigh, weigh_steps
from lossmask.core.request import Choice
from lossmask.errors import OptionError

from .rows import row, trained


@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_label_at_position_0_weighs_nothing(name: str) -> None:
    example = row([4, 5, -100])
    [column] = weigh(Choice(name), [example], probabilities=[np.full(3, 0.5)]).columns
    assert column[0] == 0
    assert column[1] > 0


@pytest.mark.parametrize("name", REDUCTIONS)
def test_nothing_trained_weighs_nothing(name: str) -> None:
    weighed = weigh(Choice(name), [row([-100, -100])])
    assert weighed.columns[0].tolist() == [0.0, 0.0]
    assert weighed.info.with_numbers == "No label is used, so nothing weighs anything"


@pytest.mark.parametrize("name", REDUCTIONS)
def test_weights_of_zero_divide_nothing(name: str) -> None:
    weighed = weigh(Choice(name), [trained(2, weight=0.0)])
    assert weighed.columns[0].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("name", REDUCTIONS)
def test_says_where_it_was_read(name: str) -> None:
    info = weigh(Choice(name), [trained(1)]).info
    assert (info.name, info.title) == (name, REDUCTIONS[name].title)
    assert info.source
    assert "CE" in info.formula


def test_unused_labels_are_noted() -> None:
    assert weigh(Choice("sum"), [row([4, 5])]).info.note == (
        "One token is labelled and weighs nothing, since no prediction uses its label."
    )
    assert weigh(Choice("sum"), [row([-100, 5])]).info.note is None


def test_rows_of_no_step_weigh_nothing() -> None:
    columns = weigh(Choice("token-mean"), [trained(2), trained(3)], Step(((1,),))).columns
    assert [column.sum() for column in columns] == [0.0, pytest.approx(1.0)]


def test_each_step_is_weighed_alone() -> None:
    columns = weigh_steps(
        Choice("token-mean"), [trained(2), trained(4)], [Step(((0,),)), Step(((1,),))]
    ).columns
    assert [column.max() for column in columns] == [0.5, 0.25]


def test_unknown_reductions_are_named() -> None:
    with pytest.raises(OptionError, match="token-mean") as caught:
        weigh(Choice("median"), [])
    assert caught.value.code == "unknown-reduction"


@pytest.mark.parametrize("options", [{"over": "epoch"}, {"under": "step"}, {"over": None}, {"over": 3}])
def test_bad_options_are_named(options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=r"over|under") as caught:
        weigh(Choice("weighted-mean", options), [trained(1)])
    assert caught.value.code == "bad-option"


def test_a_reduction_without_options_says_so() -> None:
    with pytest.raises(OptionError, match="it has: none"):
        weigh(Choice("sum", {"over": "step"}), [])


@pytest.mark.parametrize(
    ("name", "counts", "said"),
    [
        ("token-mean", [57], "1 ÷ 57 = 0.0175 for each of 57 trained tokens"),
        ("token-mean", [1], "1 for the one trained token"),
        ("sum", [57], "1 for each of 57 trained tokens"),
        ("dft", [57], "p · 1 ÷ 57 = p · 0.0175 for each of 57 trained tokens"),
        (
            "sequence-mean",
            [5, 500],
            "from 1 ÷ (500 · 2) = 0.001 to 1 ÷ (5 · 2) = 0.1 for each of 505 trained tokens",
        ),
    ],
)
def test_the_formula_with_numbers(name: str, counts: list[int], said: str) -> None:
    assert weigh(Choice(name), [trained(count) for count in counts]).info.with_numbers == said


def test_weights_stand_in_the_formula() -> None:
    example = row([-100, 5, 6], [0.0, 0.25, 1.0])
    assert weigh(Choice("token-mean"), [example]).info.with_numbers == (
        "from 0.25 ÷ 2 = 0.125 to 1 ÷ 2 = 0.5 for each of 2 trained tokens"
    )
