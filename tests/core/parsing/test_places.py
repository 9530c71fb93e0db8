"""Offsets become lines and columns, and the caret stands under the character that is meant."""

from __future__ import annotations

import pytest
from lossmask.core.parsing.places import WIDTH, caret, where_of
from lossmask.errors import Where


@pytest.mark.parametrize(
    ("text", "offset", "line", "column"),
    [
        ("abc", 0, 1, 1),
        ("abc", 3, 1, 4),
        ("ab\ncd", 3, 2, 1),
        ("ab\r\ncd", 4, 2, 1),
        ("ab\r\ncd", 3, 1, 3),
        ("ab\rcd", 3, 2, 1),
        ("a\u2028b", 2, 1, 3),
        ("ab", 99, 1, 3),
    ],
)
def test_an_offset_has_a_line_and_a_column(text: str, offset: int, line: int, column: int) -> None:
    assert where_of(text, offset) == Where(line, column)


def test_every_offset_of_a_text_comes_back_from_its_place() -> None:
    text = "one\ntwo\n\nthree"
    starts = [0, 4, 8, 9]
    for offset in range(len(text)):
        where = where_of(text, offset)
        assert starts[where.line - 1] + (where.column or 0) - 1 == offset


def test_the_caret_stands_under_the_character() -> None:
    quoted, mark = caret("first\nsecond", Where(2, 3)).split("\n")
    assert quoted == "second"
    assert quoted[mark.index("^")] == "c"


def test_tabs_become_spaces_and_the_caret_moves_with_them() -> None:
    quoted, mark = caret("\t\tx", Where(1, 3)).split("\n")
    assert "\t" not in quoted
    assert quoted[mark.index("^")] == "x"


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    assert caret("煎饼x", Where(1, 3)).split("\n")[1] == " " * 4 + "^"
    assert caret("e\u0301x", Where(1, 3)).split("\n")[1] == " " + "^"


def test_invisible_characters_are_shown_as_dots() -> None:
    assert caret("a\u200bb\x00\xa0", Where(1, 1)).split("\n")[0] == "a·b··"


@pytest.mark.parametrize("column", [1, 50, 500, 999, 1000, 1001])
def test_a_long_line_is_cut_around_the_place(column: int) -> None:
    line = "".join(chr(ord("a") + index % 26) for index in range(1000))
    quoted, mark = caret(line, Where(1, column)).split("\n")
    assert len(quoted) <= WIDTH + 2
    assert (quoted + " ")[mark.index("^")] == (line + " ")[column - 1]
    assert quoted.startswith("…") == (line[0] != quoted[0])


def test_without_a_column_the_caret_marks_the_first_character_that_is_not_blank() -> None:
    assert caret("   ab", Where(1)).split("\n")[1] == "   ^"


def test_a_place_outside_the_text_still_gives_a_caret() -> None:
    assert caret("ab", Where(9, 9)) == "ab\n  ^"
    assert caret("", Where(1, 1)) == "\n^"
