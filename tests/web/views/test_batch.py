"""A batch for the page: shares as figures and bars, and the sequences with their ends."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.batch.request import BatchRequest
from lossmask.engine.batch import analyse_batch
from lossmask.web.views.batch import MOST_SEQUENCES, BatchView, DocumentView, batch_view

SHORT = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}]}
LONG = {
    "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "one two three four five six seven eight nine ten " * 3},
    ]
}


def view(*rows: dict[str, Any], **batch: Any) -> BatchView:
    body = {"conversations": list(rows), "batch": batch, "chat_template": "bundled:chatml"}
    return batch_view(analyse_batch(BatchRequest.from_json(body)))


def documents(made: BatchView) -> list[DocumentView]:
    return [one for plan in made.micro_batches for sequence in plan.sequences for one in sequence.documents]


def test_two_reductions_side_by_side() -> None:
    made = view(SHORT, LONG, micro_batch_size=1, gradient_accumulation_steps=2)
    short, long = made.groups[0].bars
    assert [reduction.name for reduction in made.reductions] == ["token-mean", "micro-batch-mean"]
    assert (short.texts[1], long.texts[1]) == ("50.0 %", "50.0 %")
    assert short.widths[0] < short.widths[1] < long.widths[0] == 100
    assert made.groups[0].scale == long.texts[0]


def test_every_group_is_whole() -> None:
    made = view(SHORT, LONG)
    assert [group.key for group in made.groups] == ["conversations", "roles", "parts", "turns"]
    assert [bar.name for bar in made.groups[3].bars][:2] == ["1, turn 1 (user)", "1, turn 2 (assistant)"]
    tokens = {sum(bar.tokens for bar in group.bars) for group in made.groups[:3]}
    assert len(tokens) == 1


def test_the_step_is_named_where_there_are_several() -> None:
    assert [bar.name for bar in view(SHORT, LONG, micro_batch_size=1).groups[0].bars] == [
        "1, step 1",
        "2, step 2",
    ]
    assert [bar.name for bar in view(SHORT, LONG).groups[0].bars] == ["1", "2"]


def test_padding_fills_up_to_the_longest() -> None:
    first, second = view(SHORT, LONG).micro_batches[0].sequences
    assert first.padding_x + first.padding_width == pytest.approx(100, abs=0.01)
    assert second.padding_width == 0
    assert "of padding" in first.sentence


def test_split_documents_are_cut_at_the_ends_that_meet() -> None:
    made = view(LONG, packing="bfd_split", packing_length=16)
    found = sorted(documents(made), key=lambda one: int(one.title.split("tokens ")[1].split(" ")[0]))
    assert len(found) > 2
    assert [one.cut_before for one in found] == [False] + [True] * (len(found) - 1)
    assert [one.cut_after for one in found] == [True] * (len(found) - 1) + [False]
    assert all(one.unused for one in found)


def test_bfd_loses_the_end() -> None:
    (only,) = documents(view(LONG, packing="bfd", packing_length=16))
    assert (only.cut_before, only.cut_after) == (False, True)
    assert "its end is cut off" in only.title


def test_wrapped_knows_no_first_token_but_the_packs_own() -> None:
    found = documents(view(SHORT, SHORT, packing="wrapped", packing_length=64))
    assert [one.unused for one in found] == [True, False]


def test_only_so_many_sequences_are_drawn() -> None:
    made = view(*[SHORT] * (MOST_SEQUENCES + 6), micro_batch_size=10)
    assert (made.drawn, made.sequences) == (MOST_SEQUENCES, MOST_SEQUENCES + 6)


def test_a_share_that_only_a_model_can_tell_is_unknown() -> None:
    body = {
        "conversations": [SHORT],
        "reduction": {"name": "dft"},
        "compare_with": {"name": "sum"},
        "chat_template": "bundled:chatml",
    }
    bar = batch_view(analyse_batch(BatchRequest.from_json(body))).groups[0].bars[0]
    assert bar.texts == ("unknown", "100 %")
    assert bar.widths == (0.0, 100.0)
