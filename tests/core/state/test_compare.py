"""The first differing token, found by few characters; and what changed."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from lossmask.core.analysis import Analysis
from lossmask.core.digest import digest
from lossmask.core.state import Pasted, SharedTemplate, SharedTokenizer, State, compared
from lossmask.core.state.check import MOST, check_of, first_difference

from tests.factory import Word, analysed, analysis


def made(*lengths: int) -> Analysis:
    """Examples of so many tokens."""
    rows = tuple(analysed([Word("x", trained=n % 3 == 0) for n in range(length)]) for length in lengths)
    return replace(analysis(), examples=rows)


def changed(whole: Analysis, place: int, number: int = 0, *, label: bool = False) -> Analysis:
    """The same with another id, or another label, at a place."""
    one = whole.examples[number]
    labels, ids = one.example.labels.copy(), one.example.tokens.ids.copy()
    (labels if label else ids)[place] += 1
    tokens = replace(one.example.tokens, ids=ids)
    other = replace(one, example=replace(one.example, labels=labels, tokens=tokens))
    return replace(whole, examples=(*whole.examples[:number], other, *whole.examples[number + 1 :]))


def state(whole: Analysis, **given: object) -> State:
    shared = State(
        "0.1.0",
        Pasted("x"),
        template=SharedTemplate("own", sha256="ab" * 8),
        versions={},
        digest=digest(whole),
        check=check_of(whole),
    )
    return replace(shared, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("tokens", "every"), [(1, 1), (256, 1), (257, 2), (2_000, 8), (128_000, 512)])
def test_a_check_stays_small(tokens: int, every: int) -> None:
    check = check_of(made(tokens))
    assert (check.tokens, check.every) == (tokens, every)
    assert len(check.digits) == -(-tokens // every) <= MOST


def test_the_first_difference_of_short_rows_is_exact() -> None:
    chance = random.Random(3)
    whole = made(200)
    exact = 0
    for _ in range(300):
        place = chance.randrange(200)
        found = first_difference(check_of(whole), changed(whole, place, label=chance.random() < 0.5))
        # A digit agrees by chance once in 64, and the next one tells.
        assert found is None or found.start >= place
        exact += found is not None and found == (place, place + 1)
    assert exact >= 285


def test_that_of_long_rows_is_in_the_block_that_is_named() -> None:
    chance = random.Random(5)
    whole = made(3_000)
    within = 0
    for _ in range(100):
        place = chance.randrange(2_000)
        found = first_difference(check_of(whole), changed(whole, place))
        assert found is not None
        assert found.end - found.start == 16
        within += found.start <= place < found.end
    assert within >= 93


def test_equal_rows_have_no_difference() -> None:
    assert first_difference(check_of(made(700)), made(700)) is None


@pytest.mark.parametrize(
    ("shared", "now", "start"), [(50, 40, 40), (40, 50, 40), (300, 280, 280), (280, 300, 280)]
)
def test_a_row_that_goes_on_or_ends(shared: int, now: int, start: int) -> None:
    found = first_difference(check_of(made(shared)), made(now))
    assert found is not None
    assert found.start <= start <= found.end


def test_rows_of_other_lengths_are_compared_from_their_beginning() -> None:
    longer = made(400)
    other = changed(made(390), 120)
    found = first_difference(check_of(longer), other)
    assert found is not None
    assert found.start <= 120 < found.end


def test_places_are_counted_within_their_example() -> None:
    whole = made(20, 30)
    found = compared(state(whole), changed(whole, 7, 1))
    assert found is not None
    assert found.place is not None
    assert (found.place.example, found.place.start) == (1, 7)
    assert "token 7 of example 2" in found.sentence


def test_the_same_is_said_so() -> None:
    found = compared(state(made(9)), made(9))
    assert found is not None
    assert (found.same, found.sentence) == (True, "Same result as shared.")


def test_without_a_digest_nothing_is_compared() -> None:
    assert compared(state(made(9), digest=None), made(9)) is None


def test_what_changed_is_listed() -> None:
    whole = made(9)
    now = changed(whole, 4)
    now = replace(
        now,
        tokenizer=replace(now.tokenizer, revision="new" * 9),
        versions={"lossmask": "0.2.0", "tokenizers": "2", "transformers": "5"},
    )
    shared = state(
        whole,
        tokenizer=SharedTokenizer(revision="old" * 9),
        template=SharedTemplate("own", sha256="cd" * 8),
        versions={"tokenizers": "1", "transformers": "5"},
    )
    found = compared(shared, now)
    assert found is not None
    assert found.sentence == (
        "This differs from what was shared, from token 4 on. Changed since: "
        "tokenizer revision oldoldoldold → newnewnewnew; chat template cdcdcdcdcdcd → abababababab; "
        "tokenizers 1 → 2; Lossmask 0.1.0 → 0.2.0."
    )


def test_a_beginning_of_the_templates_hash_is_enough() -> None:
    whole = made(9)
    found = compared(state(whole), changed(whole, 4))
    assert found is not None
    assert found.changes == ()
    assert found.sentence.endswith("Nothing that the link records has changed.")


def test_a_difference_that_the_check_misses_is_still_one() -> None:
    whole = made(9)
    found = compared(state(whole, check=None), changed(whole, 4))
    assert found is not None
    assert (found.same, found.place) == (False, None)


def test_a_refused_row_is_compared_too() -> None:
    whole = made(9)
    found = compared(state(whole), replace(whole, examples=()))
    assert found is not None
    assert not found.same
    assert found.place is not None
    assert "goes on" in found.sentence
    assert compared(state(replace(whole, examples=()), check=None), whole) is not None


def test_hashes_are_those_that_are_out() -> None:
    """Links that are out hold these; another hash would make every one of them differ."""
    whole = made(12)
    assert check_of(whole).digits == "M9ZjRblserOc"
