"""How documents become sequences, micro-batches and steps."""

from __future__ import annotations

from lossmask.core.batch.request import BatchShape
from lossmask.core.contributions import Step

from tests.core.batch.batches import laid


def test_rows_are_dealt_in_order() -> None:
    layout = laid([1] * 9, BatchShape(2, 2, 2))
    assert [(batch.step, batch.rank, batch.accumulation) for batch in layout.micro_batches] == [
        (0, 0, 0),
        (0, 1, 0),
        (0, 0, 1),
        (0, 1, 1),
        (1, 0, 0),
    ]
    assert [batch.sequences for batch in layout.micro_batches] == [(0, 1), (2, 3), (4, 5), (6, 7), (8,)]


def test_a_last_step_that_is_not_full_has_the_accumulation_it_has() -> None:
    layout = laid([1] * 5, BatchShape(1, 3))
    assert layout.steps == [Step(((0,), (1,), (2,)), 3, 1), Step(((3,), (4,)), 2, 1)]


def test_padding_free_rows_are_one_sequence() -> None:
    layout = laid([2, 1, 3], BatchShape(2, padding_free=True))
    assert [len(sequence) for sequence in layout.sequences] == [5, 4]
    assert [(place.document, place.at) for place in layout.sequences[0].places] == [(0, 0), (1, 3)]
    assert layout.sequences[0].used.tolist() == [False, True, True, False, True]
    assert [batch.sequences for batch in layout.micro_batches] == [(0,), (1,)]


def test_a_document_that_a_pack_cuts_is_marked_and_its_next_piece_opens_unused() -> None:
    layout = laid([5, 1], BatchShape(packing="bfd_split"), length=4)
    places = [place for sequence in layout.sequences for place in sequence.places]
    assert [(place.document, place.start, place.stop, place.is_cut) for place in places] == [
        (0, 0, 4, True),
        (0, 4, 6, True),
        (1, 0, 2, False),
    ]
    rest = layout.sequences[1]
    assert rest.used.tolist() == [False, True, False, True]
    assert rest.labels.tolist()[0] != -100


def test_bfd_leaves_out_the_end_of_a_long_document() -> None:
    layout = laid([9], BatchShape(packing="bfd"), length=4)
    assert [place[1:4] for sequence in layout.sequences for place in sequence.places] == [(0, 4, 0)]


def test_wrapped_packs_know_no_documents() -> None:
    layout = laid([2, 2], BatchShape(packing="wrapped"), length=4)
    assert [sequence.used.tolist() for sequence in layout.sequences] == [
        [False, True, True, False],
        [False, True],
    ]


def test_nothing_at_all() -> None:
    layout = laid([], BatchShape())
    assert (layout.sequences, layout.micro_batches, layout.steps) == ((), (), [])
