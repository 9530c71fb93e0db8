"""The strip: states that tile it, marks beside them, signs that do not touch."""

from __future__ import annotations

import numpy as np
from lossmask.web.views.strip import MOST_RECTANGLES, MOST_SIGNS, Mark, marks_of, marks_within, strip

STATES = np.array([0, 1, 1, 0], dtype=np.uint8)


def grades(length: int, **graded: int) -> np.ndarray:
    column = np.zeros(length, dtype=np.uint8)
    for name, grade in graded.items():
        column[int(name[1:])] = grade
    return column


def test_segments_tile_the_tokens_whatever_is_marked() -> None:
    plain, marked = strip(STATES), strip(STATES, grades(4, t1=2))
    assert [(row.x, row.width, row.state) for row in plain.segments] == [
        (0, 1, "masked"),
        (1, 2, "trained"),
        (3, 1, "masked"),
    ]
    assert marked.segments == plain.segments
    assert (plain.marks, plain.signs) == ((), ())


def test_neighbours_of_one_grade_are_one_mark_and_an_error_is_none_of_a_warning() -> None:
    assert marks_of(grades(6, t1=1, t2=2, t3=2, t5=1)) == (
        Mark(1, 1, "warning"),
        Mark(2, 2, "error"),
        Mark(5, 1, "warning"),
    )


def test_marks_too_many_to_see_are_coarser_and_lose_no_error() -> None:
    column = np.zeros(40_000, dtype=np.uint8)
    column[::2] = 1
    column[777] = 2
    found = marks_of(column)
    assert len(found) <= MOST_RECTANGLES
    (error,) = [mark for mark in found if mark.severity == "error"]
    assert error.x <= 777 < error.x + error.width


def test_signs_stand_at_the_first_token_and_of_close_ones_the_error_wins() -> None:
    found = strip(np.zeros(1000, dtype=np.uint8), grades(1000, t10=1, t12=2, t500=1))
    assert [(sign.at, sign.severity) for sign in found.signs] == [(1.05, "error"), (50.05, "warning")]


def test_signs_never_touch() -> None:
    column = np.zeros(4000, dtype=np.uint8)
    column[::8] = 1
    places = [sign.at for sign in strip(np.zeros(4000, dtype=np.uint8), column).signs]
    assert 1 < len(places) <= MOST_SIGNS
    assert min(np.diff(places)) >= 100 / MOST_SIGNS


def test_marks_of_a_page_count_from_its_first_token() -> None:
    marks = (Mark(0, 4, "warning"), Mark(8, 4, "error"), Mark(20, 1, "error"))
    assert marks_within(marks, 10, 20) == (Mark(0, 2, "error"),)
