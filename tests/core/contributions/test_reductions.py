"""Each reduction against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from lossmask.core.contributions import Step, weigh
from lossmask.core.request import Choice

from .rows import row, trained

TWO_BY_TWO = Step(((0, 1), (2,), (3,), (4,)), accumulation=2, ranks=2)
"""Two ranks, two accumulation steps, and a micro-batch of two rows."""


def each(name: str, counts: list[int], step: Step | None = None, **options: str) -> list[float]:
    """The coefficient of a trained token in each row of so many."""
    columns = weigh(Choice(name, options), [trained(count) for count in counts], step).columns
    assert all(column[0] == 0 and len(set(column[1:].tolist())) == 1 for column in columns)
    return [float(column[-1]) for column in columns]


def test_token_mean_counts_the_whole_step() -> None:
    assert each("token-mean", [1, 2, 3, 4, 10], TWO_BY_TWO) == [1 / 20] * 5


def test_token_mean_divides_weights_by_a_count() -> None:
    [column] = weigh(Choice("token-mean"), [row([-100, 5, 6], [0.0, 0.5, 3.0])]).columns
    assert column.tolist() == [0.0, 0.25, 1.5]


def test_micro_batch_mean_counts_its_own_micro_batch() -> None:
    found = each("micro-batch-mean", [1, 2, 3, 4, 10], TWO_BY_TWO)
    assert found == pytest.approx([1 / 12, 1 / 12, 1 / 12, 1 / 16, 1 / 40])


def test_micro_batch_means_add_up_to_one() -> None:
    columns = weigh(Choice("micro-batch-mean"), [trained(n) for n in (1, 2, 3, 4, 10)], TWO_BY_TWO).columns
    assert sum(column.sum() for column in columns) == pytest.approx(1.0)


def test_micro_batch_mean_counts_an_empty_micro_batch_among_the_means() -> None:
    weighed = weigh(Choice("micro-batch-mean"), [trained(2), row([-100])], Step(((0,), (1,)), accumulation=2))
    assert weighed.columns[0].tolist() == [0.0, 0.25, 0.25]
    assert weighed.info.note == (
        "Micro-batches without a trained token: 1. In PyTorch the mean of such a one is NaN."
    )


def test_micro_batch_mean_of_one_row_says_what_it_depends_on() -> None:
    assert "shares its micro-batch" in str(weigh(Choice("micro-batch-mean"), [trained(2)]).info.note)


def test_sequence_mean_leaves_out_what_trains_nothing() -> None:
    columns = weigh(Choice("sequence-mean"), [trained(2), trained(5), row([-100, -100])]).columns
    assert [column.sum() for column in columns] == pytest.approx([0.5, 0.5, 0.0])
    assert columns[1][1:].tolist() == pytest.approx([0.1] * 5)


def test_sum_is_the_weight() -> None:
    assert weigh(Choice("sum"), [row([-100, 5, 6], [0.0, 0.5, 1.0])]).columns[0].tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        # Weights 0.5, 2, 1 on 1, 2 and 4 labels: sums 0.5, 4 and 4.
        ("step", [0.5 / 8.5, 2 / 8.5, 1 / 8.5]),
        # Micro-batches of 3 and 4 labels of 7, weights 4.5 and 4.
        ("micro-batch", [0.5 / 4.5 * 3 / 7, 2 / 4.5 * 3 / 7, 1 / 4 * 4 / 7]),
        ("example", [1.0, 0.5, 0.25]),
    ],
)
def test_weighted_mean_divides_by_weights(over: str, expected: list[float]) -> None:
    rows = [trained(1, 0.5), trained(2, 2.0), trained(4, 1.0)]
    columns = weigh(
        Choice("weighted-mean", {"over": over}), rows, Step(((0, 1), (2,)), accumulation=2)
    ).columns
    assert [float(column[-1]) for column in columns] == pytest.approx(expected)


def test_weighted_mean_over_micro_batches_is_the_token_mean_where_weights_are_one() -> None:
    counts = [1, 2, 3, 4, 10]
    assert each("weighted-mean", counts, TWO_BY_TWO, over="micro-batch") == pytest.approx([1 / 20] * 5)


def test_dft_scales_by_the_probability() -> None:
    known = np.array([np.nan, 0.5, 0.25])
    weighed = weigh(Choice("dft"), [row([-100, 5, 6])], probabilities=[known])
    assert weighed.columns[0].tolist() == [0.0, 0.25, 0.125]
    assert weighed.info.note is None


def test_dft_without_probabilities_is_unknown_where_it_counts() -> None:
    weighed = weigh(Choice("dft"), [row([-100, 5, 6])])
    assert np.isnan(weighed.columns[0]).tolist() == [False, True, True]
    assert "not known" in str(weighed.info.note)
