"""Both sides of every stretch in which a framework's tokens are not the rendering's."""

from __future__ import annotations

from dataclasses import replace

from lossmask.core.analysis import ExampleAnalysis, Rendered
from lossmask.core.difference import Difference
from lossmask.web.views.differences import MOST_DRAWN, MOST_LISTED, difference_views

from tests.factory import CHAT, Word, analysed, example
from tests.labels import analysed as really_analysed


def differing(*found: Difference, words: tuple[Word, ...] = CHAT) -> ExampleAnalysis:
    """An example against a rendering of three words."""
    other = example([Word("a"), Word(" b"), Word("\n", special=True)])
    rendered = Rendered(other.rendering.text, other.tokens)
    return replace(analysed(words), difference=found, rendered=rendered)


def test_no_difference_is_no_view() -> None:
    assert difference_views(analysed()) is None


def test_both_sides_are_drawn_with_glyphs() -> None:
    found = difference_views(differing(Difference((2, 4), (1, 3))))
    assert found is not None
    [view] = found.listed
    assert (view.token, view.fed.start) == (2, 2)
    assert view.fed.tokens == (("", (("", "hi"),)), ("", (("g", "·"), ("", "there"))))
    assert view.seen.tokens == (("", (("g", "·"), ("", "b"))), ("s", (("g", "↵"),)))


def test_a_side_with_nothing_leads_to_where_it_would_be() -> None:
    found = difference_views(differing(Difference((9, 9), (0, 1))))
    assert found is not None
    assert (found.listed[0].token, found.listed[0].fed.tokens) == (8, ())


def test_long_sides_and_long_lists_are_cut_and_counted() -> None:
    words = tuple(Word("x") for _ in range(MOST_DRAWN + 7))
    stretches = [Difference((0, len(words)), (0, 0))] * (MOST_LISTED + 3)
    found = difference_views(differing(*stretches, words=words))
    assert found is not None
    assert (len(found.listed), found.total) == (MOST_LISTED, MOST_LISTED + 3)
    assert (len(found.listed[0].fed.tokens), found.listed[0].fed.more) == (MOST_DRAWN, 7)


def test_what_a_framework_adds_is_seen_in_a_real_analysis() -> None:
    [row] = really_analysed(strategy="megatron-bridge", chat_template="bundled:llama-3").examples
    found = difference_views(row)
    assert found is not None
    assert found.sentence == row.notice
    assert [(len(view.fed.tokens), len(view.seen.tokens)) for view in found.listed] == [(1, 0)]
