"""Sentences on a batch: with its own numbers, and none where nothing is worth saying."""

from __future__ import annotations

from collections.abc import Sequence

from lossmask.core.analysis import Outcome
from lossmask.core.batch.answer import BatchRow, plans
from lossmask.core.batch.layout import Document, Layout, lay_out
from lossmask.core.batch.notable import notable, uneven
from lossmask.core.batch.request import BatchShape
from lossmask.core.batch.shares import shares
from lossmask.core.contributions import weigh_steps
from lossmask.core.conversation import Conversation
from lossmask.core.request import Choice

from tests.core.batch.batches import document, laid

TALK = Conversation(({"role": "user", "content": ""}, {"role": "assistant", "content": ""}))
BOTH = ("token-mean", "micro-batch-mean")


def said(
    layout: Layout, shape: BatchShape, names: Sequence[str] = BOTH, outcomes: Sequence[Outcome] = ()
) -> tuple[str, ...]:
    weighed = [weigh_steps(Choice(name), layout.sequences, layout.steps) for name in names]
    columns = [of.columns for of in weighed]
    count = max((document.row + 1 for document in layout.documents), default=0)
    rows = [BatchRow(row, outcome, 0, 0, 0, None) for row, outcome in enumerate(outcomes)]
    return notable(
        layout,
        rows,
        plans(layout, shape, columns, columns=False),
        shares(layout, columns, [TALK] * count),
        [of.info for of in weighed],
        [uneven(layout, column, name) for column, name in zip(columns, names, strict=True)],
    )


def test_rows_of_one_length_are_nothing_to_speak_of() -> None:
    shape = BatchShape(2, 2)
    assert said(laid([5, 5, 5, 5], shape), shape) == ()


def test_a_short_reply_that_outweighs_a_long_one() -> None:
    shape = BatchShape(1, 2)
    assert said(laid([512, 5], shape), shape) == (
        "Under `micro-batch-mean`, one token of conversation 2 (5 trained tokens) weighs 102 times "
        "one of conversation 1 (512).",
    )


def test_of_several_steps_the_most_uneven_is_told() -> None:
    shape = BatchShape(1, 2)
    layout = laid([4, 2, 9, 2], shape)
    weighed = weigh_steps(Choice("micro-batch-mean"), layout.sequences, layout.steps)
    found = uneven(layout, weighed.columns, "micro-batch-mean")
    assert found is not None
    assert found.sentence(2) == (
        "Under `micro-batch-mean` in step 2, one token of conversation 4 (2 trained tokens) weighs 4.5 times "
        "one of conversation 3 (9)."
    )


def test_tokens_of_different_steps_are_not_compared() -> None:
    layout = laid([50, 2], BatchShape(1))
    weighed = weigh_steps(Choice("token-mean"), layout.sequences, layout.steps)
    assert uneven(layout, weighed.columns, "token-mean") is None


def test_thinking_that_carries_the_loss() -> None:
    shape = BatchShape()
    layout = lay_out([document(0, 93, "thinking"), document(1, 7)], shape, 1024)
    assert "Thinking carries 93 % of the loss." in said(layout, shape)


def test_a_conversation_that_carries_its_step_under_one_reduction() -> None:
    shape = BatchShape(1, 3)
    assert (
        "Conversation 1, one of 3 in its step, carries 80 % of the loss under `token-mean` and 33 % under "
        "`micro-batch-mean`." in said(laid([8, 1, 1], shape), shape)
    )


def test_a_micro_batch_that_trains_nothing() -> None:
    shape = BatchShape(1, 2)
    layout = laid([5, 0], shape)
    assert any("1 micro-batch without a trained token" in sentence for sentence in said(layout, shape))
    assert said(layout, shape, ("token-mean", "sum")) == ()


def test_what_packing_cuts_and_what_it_loses() -> None:
    shape = BatchShape(packing="bfd")
    assert said(laid([9, 1], shape, length=4), shape) == (
        "1 of 2 documents is cut by packing, which loses 6 trained tokens.",
    )


def test_labels_that_open_a_piece() -> None:
    shape = BatchShape(packing="bfd_split")
    assert said(laid([9], shape, length=4), shape) == (
        "1 of 1 document is cut by packing.",
        "2 labels weigh nothing, since no prediction is scored on the first token of a document.",
    )


def test_much_padding() -> None:
    shape = BatchShape(2)
    assert "Padding is 45 % of the tokens in the micro-batches (9 of 20)." in said(laid([9, 0], shape), shape)


def test_rows_that_are_not_there() -> None:
    shape = BatchShape()
    layout = lay_out([document(1, 5)], shape, 1024)
    outcomes = [Outcome("dropped", "x"), Outcome()]
    assert said(layout, shape, outcomes=outcomes) == ("1 of 2 conversations is not in the batch: 1.",)


def test_nothing_at_all() -> None:
    no_documents: list[Document] = []
    shape = BatchShape()
    assert said(lay_out(no_documents, shape, 1024), shape) == ()
