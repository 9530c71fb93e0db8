"""Shares of the loss, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from lossmask.core.batch.layout import Layout
from lossmask.core.batch.request import BatchShape
from lossmask.core.batch.shares import Share, Shares, shares
from lossmask.core.contributions import weigh_steps
from lossmask.core.conversation import Conversation
from lossmask.core.request import Choice

from tests.core.batch.batches import laid

TALK = Conversation(({"role": "user", "content": ""}, {"role": "assistant", "content": ""}))


def shared(layout: Layout, *names: str) -> Shares:
    weighed = [weigh_steps(Choice(name), layout.sequences, layout.steps).columns for name in names]
    count = max((document.row + 1 for document in layout.documents), default=0)
    return shares(layout, weighed, [TALK] * count)


def of(group: tuple[Share, ...]) -> list[list[float]]:
    return [list(share.shares) for share in group]


def test_the_two_reductions_side_by_side() -> None:
    found = shared(laid([30, 10], BatchShape(1, 2)), "token-mean", "micro-batch-mean")
    assert of(found.conversations) == [pytest.approx([0.75, 0.5]), pytest.approx([0.25, 0.5])]
    assert of(found.roles) == [pytest.approx([1, 1]), [0, 0]]
    assert [share.key for share in found.roles] == [{"role": "assistant"}, {"role": "user"}]
    assert [(share.tokens, share.trained) for share in found.conversations] == [(31, 30), (11, 10)]


def test_turns_have_what_their_conversation_has() -> None:
    found = shared(laid([30, 10], BatchShape()), "token-mean", "sum")
    assert of(found.turns) == [[0, 0], pytest.approx([0.75, 0.75]), [0, 0], pytest.approx([0.25, 0.25])]
    assert found.turns[3].key == {"row": 1, "message": 1, "role": "assistant"}


def test_a_share_is_of_the_rows_own_step() -> None:
    found = shared(laid([3, 1, 4], BatchShape(2)), "token-mean", "sum")
    assert of(found.conversations) == [pytest.approx([share, share]) for share in (0.75, 0.25, 1.0)]


def test_parts_are_averaged_over_the_steps_that_train() -> None:
    found = shared(laid([3, 1, 4, 0], BatchShape(1)), "token-mean", "sum")
    assert [share.key for share in found.parts] == [{"part": "header"}, {"part": "content"}]
    assert of(found.parts) == [[0, 0], pytest.approx([1, 1])]


def test_a_conversation_in_several_steps_has_the_mean_of_its_shares() -> None:
    layout = laid([6, 1], BatchShape(1, packing="wrapped"), length=5)
    assert len(layout.steps) == 2
    # Step 1 is of the first alone; of step 2, one of its two tokens is used, and one of the other's.
    found = shared(layout, "token-mean", "sum")
    assert of(found.conversations) == [pytest.approx([0.75, 0.75]), pytest.approx([0.5, 0.5])]


def test_what_only_a_model_tells_is_null() -> None:
    found = shared(laid([2], BatchShape()), "dft", "token-mean")
    assert np.isnan(found.conversations[0].shares[0])
    assert found.as_json()["conversations"] == [
        {"row": 0, "tokens": 3, "trained": 2, "shares": [None, pytest.approx(1)]}
    ]


def test_nothing_at_all() -> None:
    found = shared(laid([], BatchShape()), "token-mean", "sum")
    assert (found.conversations, found.roles, found.parts) == ((), (), ())
