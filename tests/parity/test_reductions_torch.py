"""Every reduction against the loss that PyTorch and transformers make of the same tensors.

A small Llama-like model is made on the spot. The framework's side is its own loss of padded
batches; ours is the sum of coefficients times the cross-entropies that `losses.forward` finds
row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from lossmask.core.batch.packing import collated_labels, gather, whole
from lossmask.core.contributions import Step, weigh
from lossmask.core.example import MASKED, FloatArray
from lossmask.core.provenance import IntArray
from lossmask.core.request import Choice

from tests.losses.models import require_torch, small_model

pytestmark = [pytest.mark.parity, pytest.mark.usefixtures("torch_here")]

VOCABULARY = 211
TOLERANCE = 1e-6
PAD = 0
STEP = Step(((0, 1), (2, 3)), accumulation=2)
"""Two micro-batches of two rows that one rank adds up."""


@pytest.fixture
def torch_here() -> None:
    require_torch()


@dataclass(frozen=True)
class Row:
    """A row of training data as far as a reduction looks at it."""

    ids: IntArray
    labels: IntArray
    weights: FloatArray

    @property
    def used(self) -> Any:
        used = self.labels != MASKED
        used[:1] = False
        return used


def rows(weighted: bool = False) -> list[Row]:
    """Rows of different lengths: a long reply, a short one, several turns, and one trained from its start."""
    random = np.random.default_rng(7)
    spans: list[tuple[int, list[tuple[int, int]]]] = [
        (60, [(5, 60)]),
        (12, [(9, 12)]),
        (40, [(4, 9), (20, 33)]),
        (25, [(0, 25)]),
    ]
    return [_row(random, length, trained, weighted) for length, trained in spans]


def _row(random: np.random.Generator, length: int, trained: list[tuple[int, int]], weighted: bool) -> Row:
    ids = random.integers(1, VOCABULARY, length, dtype=np.int32)
    labels = np.full(length, MASKED, np.int32)
    weights = np.zeros(length)
    for start, end in trained:
        labels[start:end] = ids[start:end]
        weights[start:end] = random.uniform(0.1, 2.0, end - start) if weighted else 1.0
    return Row(ids, labels, weights)


@cache
def model() -> Any:
    return small_model(VOCABULARY)


def cross_entropies(row: Row) -> FloatArray:
    """Ours: 0 where nothing is used, so that a sum over all is the loss."""
    from lossmask.losses.forward import scores

    found = scores(model(), row.ids, np.where(row.labels == MASKED, row.ids, row.labels))
    return np.where(row.used, found.cross_entropy, 0.0)


def ours(choice: Choice, given: Sequence[Row], step: Step = STEP) -> float:
    """The sum of contributions."""
    losses = [cross_entropies(row) for row in given]
    chances = [np.exp(-column) for column in losses]
    columns = weigh(choice, given, step, chances).columns
    return float(sum((column * loss).sum() for column, loss in zip(columns, losses, strict=True)))


def batch(given: Sequence[Row]) -> dict[str, Any]:
    """Rows padded on the right, as a collator does."""
    import torch

    length = max(len(row.ids) for row in given)
    padded = {"input_ids": PAD, "labels": MASKED, "attention_mask": 0}
    found = {name: torch.full((len(given), length), value) for name, value in padded.items()}
    for index, row in enumerate(given):
        count = len(row.ids)
        found["input_ids"][index, :count] = torch.as_tensor(row.ids)
        found["labels"][index, :count] = torch.as_tensor(row.labels)
        found["attention_mask"][index, :count] = 1
    return found


def padded_weights(given: Sequence[Row]) -> Any:
    """(rows, length - 1), shifted as labels are."""
    import torch

    length = max(len(row.ids) for row in given)
    weights = np.stack([np.pad(row.weights, (0, length - len(row.ids))) for row in given])
    return torch.as_tensor(weights[:, 1:])


def micro_batches(given: Sequence[Row], step: Step = STEP) -> list[list[Row]]:
    return [[given[row] for row in micro_batch] for micro_batch in step.micro_batches]


def torch_losses(given: Sequence[Row]) -> Any:
    """(rows, length - 1) PyTorch's own cross-entropies of a padded batch, 0 where the label is -100."""
    import torch

    tensors = batch(given)
    logits = model()(input_ids=tensors["input_ids"], attention_mask=tensors["attention_mask"]).logits
    flat = logits[:, :-1].flatten(0, 1), tensors["labels"][:, 1:].flatten()
    found = torch.nn.functional.cross_entropy(*flat, ignore_index=MASKED, reduction="none")
    return found.view(len(given), -1)


def used(given: Sequence[Row]) -> int:
    return sum(int(row.used.sum()) for row in given)


def assert_equal(found: float, expected: Any) -> None:
    value = expected.detach() if hasattr(expected, "detach") else expected
    assert found == pytest.approx(float(value), rel=TOLERANCE, abs=0)


def test_the_mean_over_the_step_is_that_of_transformers() -> None:
    given = rows()
    total = used(given)
    losses = [model()(**batch(part), num_items_in_batch=total).loss for part in micro_batches(given)]
    assert_equal(ours(Choice("token-mean"), given), sum(losses))


def test_the_mean_over_one_batch_is_that_of_pytorch() -> None:
    import torch

    given = rows()
    tensors = batch(given)
    with torch.inference_mode():
        logits = model()(input_ids=tensors["input_ids"], attention_mask=tensors["attention_mask"]).logits
    flat = logits[:, :-1].flatten(0, 1), tensors["labels"][:, 1:].flatten()
    expected = torch.nn.functional.cross_entropy(*flat, ignore_index=MASKED)
    assert_equal(ours(Choice("token-mean"), given, Step.of(4)), expected)


def test_fractional_weights_are_divided_by_the_count_of_labels() -> None:
    given = rows(weighted=True)
    losses = [(torch_losses(part) * padded_weights(part)).sum() for part in micro_batches(given)]
    assert_equal(ours(Choice("token-mean"), given), sum(losses) / used(given))


def test_a_mean_of_means_is_that_of_two_accumulated_steps() -> None:
    """Both the loss that a trainer reports and the gradient that its optimizer sees."""
    given = rows()
    head = model().lm_head.weight
    head.grad = None
    reported = 0.0
    for part in micro_batches(given):
        loss = model()(**batch(part)).loss / STEP.accumulation
        loss.backward()
        reported += float(loss.detach())
    accumulated = head.grad.clone()
    choice = Choice("micro-batch-mean")
    assert_equal(ours(choice, given), reported)
    assert np.allclose(accumulated, gradient(choice, given), rtol=1e-5, atol=1e-9)


def gradient(choice: Choice, given: Sequence[Row]) -> Any:
    """Of the sum of our coefficients times PyTorch's cross-entropies, one row at a time."""
    import torch

    head = model().lm_head.weight
    head.grad = None
    for row, column in zip(given, weigh(choice, given, STEP).columns, strict=True):
        (torch_losses([row])[0] * torch.as_tensor(column[1:])).sum().backward()
    return head.grad.clone()


def test_a_mean_of_means_differs_from_the_mean_over_the_step() -> None:
    """So that the comparisons above tell the two apart."""
    given = rows()
    means = [ours(Choice(name), given) for name in ("token-mean", "micro-batch-mean", "sequence-mean")]
    assert np.ptp(means) > 0.01


def test_a_mean_per_sequence() -> None:
    given = rows()
    means = [torch_losses([row]).sum() / used([row]) for row in given]
    assert_equal(ours(Choice("sequence-mean"), given), sum(means) / len(given))


@pytest.mark.parametrize("weighted", [False, True])
def test_a_sum(weighted: bool) -> None:
    given = rows(weighted)
    assert_equal(ours(Choice("sum"), given), (torch_losses(given) * padded_weights(given)).sum())


def weighted_mean(given: Sequence[Row]) -> Any:
    """Cross-entropies times weights over the sum of those weights that are used."""
    labelled = batch(given)["labels"][:, 1:] != MASKED
    weights = padded_weights(given) * labelled
    return (torch_losses(given) * weights).sum() / weights.sum()


def labels(given: Sequence[Row]) -> int:
    return sum(int((row.labels != MASKED).sum()) for row in given)


def test_a_weighted_mean_over_the_step() -> None:
    given = rows(weighted=True)
    assert_equal(ours(Choice("weighted-mean", {"over": "step"}), given), weighted_mean(given))


def test_a_weighted_mean_over_micro_batches_counts_each_by_its_share_of_labels() -> None:
    given = rows(weighted=True)
    parts = micro_batches(given)
    expected = sum(weighted_mean(part) * labels(part) / labels(given) for part in parts)
    assert_equal(ours(Choice("weighted-mean", {"over": "micro-batch"}), given), expected)


def test_a_weighted_mean_over_examples_adds_them_up() -> None:
    given = rows(weighted=True)
    expected = sum(weighted_mean([row]) for row in given)
    assert_equal(ours(Choice("weighted-mean", {"over": "example"}), given), expected)


def test_dft_weighs_by_the_detached_probability() -> None:
    given = rows()
    losses = [torch_losses(part) for part in micro_batches(given)]
    expected = sum(((-found).exp().detach() * found).sum() for found in losses) / used(given)
    assert_equal(ours(Choice("dft"), given), expected)


def test_packed_documents_by_the_collator_that_writes_position_ids() -> None:
    """One sequence without padding: attention stops at each document, whose first token is unused."""
    import torch
    from transformers import DataCollatorWithFlattening

    given = rows()
    features = [{"input_ids": row.ids.tolist(), "labels": row.labels.tolist()} for row in given]
    tensors = DataCollatorWithFlattening(return_tensors="pt")(features)
    pack = whole([row.ids for row in given])
    packed = Row(
        gather(pack, [row.ids for row in given]),
        collated_labels(pack, [row.labels for row in given], None),
        gather(pack, [row.weights for row in given]),
    )
    assert tensors["labels"][0].tolist() == packed.labels.tolist()
    with torch.inference_mode():
        # With a cache, transformers does not look where documents begin.
        expected = model()(**tensors, num_items_in_batch=used([packed]), use_cache=False).loss
    (column,) = weigh(Choice("token-mean"), [packed], Step.of(1)).columns
    found = (column * np.concatenate([cross_entropies(row) for row in given])).sum()
    assert_equal(float(found), expected)
