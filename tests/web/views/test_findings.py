"""Findings as the page lists and marks them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lossmask.core.analysis import Finding
from lossmask.web.forms import AnalysisForm
from lossmask.web.views.findings import MOST_PLACES, Shown, finding_views, grades, marks
from lossmask.web.views.result import ResultView, result_view
from lossmask.web.views.strip import Mark

from tests.factory import CHAT, Word, analysed, analysis, conversation

STOP = Finding("LM201", "error", "The stop is masked.", ((8, 9),), "a fix")
NOTE = Finding("LM302", "note", "A line break trains.", ((7, 8),))
WARNING = Finding("LM501", "warning", "BOS stands twice.", ((0, 1),))


def result(*found: Finding, words: tuple[Word, ...] = CHAT) -> ResultView:
    return result_view(analysis(words, findings=found), conversation(), AnalysisForm(), 128_000)


def test_errors_come_first_and_notes_apart() -> None:
    found = finding_views((NOTE, WARNING, STOP))
    assert [view.code for view in found.urgent] == ["LM201", "LM501"]
    assert [view.code for view in found.notes] == ["LM302"]
    assert found.summary == "1 error, 1 warning"


def test_a_place_names_its_tokens_and_the_row_they_stand_in() -> None:
    (view,) = result(Finding("LM301", "warning", "…", ((1, 4),))).findings.urgent
    assert [(place.name, place.start, place.turn) for place in view.places] == [("1 to 3", 1, 2)]


def test_many_places_are_counted() -> None:
    spans = tuple((start, start + 1) for start in range(MOST_PLACES + 2))
    (view,) = result(Finding("LM201", "error", "…", spans)).findings.urgent
    assert (len(view.places), view.more) == (MOST_PLACES, 2)


@pytest.mark.parametrize(
    ("first", "drawable", "elsewhere"),
    [(True, 9, "on another page"), (False, 9, "in the first example"), (True, 8, "not drawn")],
)
def test_a_token_that_is_not_drawn_says_where_it_is(first: bool, drawable: int, elsewhere: str) -> None:
    (view,) = finding_views((STOP,), Shown(result().turns[:1], first, drawable)).urgent
    assert (view.places[0].turn, view.places[0].elsewhere) == (None, elsewhere)


def test_rows_of_another_example_are_no_place_of_a_finding() -> None:
    (view,) = finding_views((STOP,), Shown(result().turns, first=False, drawable=9)).urgent
    assert (view.places[0].turn, view.places[0].elsewhere) == (None, "in the first example")


def test_on_another_example_findings_lead_to_the_first_and_mark_nothing() -> None:
    one = analysis(findings=(STOP,))
    both = replace(one, examples=(*one.examples, analysed()))
    shown = result_view(both, conversation(), AnalysisForm(example=1), 128_000)
    (place,) = shown.findings.urgent[0].places
    assert place.elsewhere == "in the first example"
    assert [drawn[0] for drawn in shown.place_tokens(place)] == ["s"]
    assert shown.strip.marks == ()


def test_errors_and_warnings_mark_their_tokens_and_notes_do_not() -> None:
    drawn = [classes for classes, _, _ in result(STOP, NOTE, WARNING).drawing.tokens(0, len(CHAT))]
    assert (drawn[0], drawn[7], drawn[8]) == ("w s", "t", "t w s")


def test_an_error_outweighs_a_warning_about_the_same_token() -> None:
    warning = Finding("LM501", "warning", "…", ((7, 9),))
    assert grades((STOP, warning, NOTE), 10).tolist() == [0] * 7 + [1, 2, 0]


def test_the_strip_marks_what_the_tokens_mark() -> None:
    assert result(STOP, NOTE, WARNING).strip.marks == (Mark(0, 1, "warning"), Mark(8, 1, "error"))


def test_a_finding_about_everything_marks_nothing() -> None:
    assert not marks((Finding("LM102", "error", "…", ((0, 10),)),), 10).any()
    assert np.flatnonzero(marks((STOP,), 10)).tolist() == [8]


def test_the_empty_and_the_full_mask_are_titled() -> None:
    (view,) = finding_views((Finding("LM101", "error", "Nothing.", ()),)).urgent
    assert view.title == "The mask is empty: nothing trains."
