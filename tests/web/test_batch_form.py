"""The form of the batch page: fields in, a request out."""

from __future__ import annotations

import pytest
from lossmask.core.conversation import Conversation
from lossmask.errors import OptionError

from tests.web.batches import form

ROWS = [Conversation(({"role": "user", "content": text},)) for text in ("a", "b")]


def test_defaults_make_a_request() -> None:
    request = form().request(ROWS)
    assert request.conversations == tuple(ROWS)
    assert request.base.conversation == ROWS[0]
    assert (request.shape.packing, request.shape.padding_free) == (None, False)
    assert (request.base.reduction, request.compare_with) == (None, None)


def test_numbers_are_read_and_empty_ones_are_the_defaults() -> None:
    shape = form(
        batch__micro_batch_size=" 4", batch__ranks="", batch__gradient_accumulation_steps="3"
    ).shape()
    assert (shape.micro_batch_size, shape.ranks, shape.gradient_accumulation_steps) == (4, 1, 3)


@pytest.mark.parametrize("text", ["many", "0", "-1", "1.5"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(OptionError):
        form(batch__micro_batch_size=text).shape()


@pytest.mark.parametrize("packing", ["bfd", "bfd_split", "wrapped"])
def test_packings(packing: str) -> None:
    shape = form(batch__arrangement=packing, batch__packing_length="64").shape()
    assert (shape.packing, shape.packing_length, shape.padding_free) == (packing, 64, False)


def test_a_packing_length_counts_only_where_rows_are_packed() -> None:
    shape = form(batch__arrangement="padding-free", batch__packing_length="64").shape()
    assert (shape.packing, shape.packing_length, shape.padding_free) == (None, None, True)
    assert form(batch__arrangement="nonsense").arrangement == "padded"


def test_both_reductions_are_chosen() -> None:
    request = form(reduction="sum", compare_with="sequence-mean").request(ROWS)
    assert request.base.reduction is not None
    assert request.compare_with is not None
    assert (request.base.reduction.name, request.compare_with.name) == ("sum", "sequence-mean")
