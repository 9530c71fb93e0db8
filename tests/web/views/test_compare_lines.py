"""Two texts line by line: what differs, a little around it, and what differs within a line."""

from __future__ import annotations

from lossmask.core.comparison import TemplateLine
from lossmask.engine.align import align_keys
from lossmask.web.views.compare_lines import AROUND, Lines, lines_view


def view(a: list[str], b: list[str], *written: TemplateLine) -> Lines | None:
    return lines_view(a, b, align_keys(a, b), (written, ()))


def test_equal_texts_have_no_view() -> None:
    assert view(["a", "b"], ["a", "b"]) is None


def test_the_middle_of_a_line_is_what_differs() -> None:
    found = view(["a red hat"], ["a green hat"])
    assert found is not None
    (pair,) = found.pairs
    assert pair.a is not None
    assert pair.b is not None
    assert (pair.a.before, pair.a.middle, pair.a.after) == ("a ", "red", " hat")
    assert pair.b.middle == "green"


def test_lines_far_from_a_difference_are_counted() -> None:
    lines = [f"line {number}" for number in range(20)]
    found = view([*lines, "x"], [*lines, "y"])
    assert found is not None
    assert found.pairs[0].left_out == 20 - AROUND
    assert [pair.same for pair in found.pairs[1:]] == [True, True, False]
    assert (found.only_a, found.only_b) == (1, 1)


def test_an_added_line_stands_alone() -> None:
    found = view(["a"], ["a", "b"])
    assert found is not None
    assert found.pairs[-1].a is None
    assert found.pairs[-1].b is not None
    assert found.pairs[-1].b.middle == "b"


def test_a_line_of_the_template_knows_its_differences() -> None:
    found = view(["a", "b"], ["c", "b"], TemplateLine(1, 3, (0, 4)), TemplateLine(2, 1, ()))
    assert found is not None
    wrote = [(pair.a.tokens, pair.a.differences) for pair in found.pairs if pair.a]
    assert wrote == [(3, (1, 5)), (1, ())]
