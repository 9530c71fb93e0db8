"""The form of the comparison: A copied to B, both sides kept apart, swapped, changed."""

from __future__ import annotations

from lossmask.web.compare_form import CompareForm
from lossmask.web.forms import AnalysisForm

A = AnalysisForm(conversation="User: a", strategy="full", options={"full.max_length": "3"}, row=1)
B = AnalysisForm(conversation="User: b", tokenizer="local:x")


def fields(**further: str) -> list[tuple[str, str]]:
    """Both sides as the page sends them."""
    a = [(f"a.{name}", value) for name, value in A.fields()]
    b = [(f"b.{name}", value) for name, value in B.fields()]
    return [*a, *b, *further.items()]


def test_the_main_pages_fields_are_both_sides() -> None:
    form = CompareForm.from_fields(A.fields())
    assert (form.a, form.b, form.side, form.fresh) == (A, A, "b", True)


def test_the_sides_are_kept_apart() -> None:
    form = CompareForm.from_fields(fields())
    assert (form.a, form.b, form.side, form.fresh) == (A, B, "b", False)
    assert (form.changed, form.kept) == (B, A)


def test_swap_and_change() -> None:
    swapped = CompareForm.from_fields(fields(do="swap", side="b"))
    assert (swapped.a, swapped.b, swapped.side) == (B, A, "b")
    changing = CompareForm.from_fields(fields(do="change-a", side="b"))
    assert (changing.a, changing.side, changing.changed) == (A, "a", A)
    assert CompareForm.from_fields(fields(do="change-b", side="a")).side == "b"
    assert CompareForm.from_fields(fields(side="a")).side == "a"
    assert CompareForm.from_fields(fields(do="swap", side="a")).side == "a"


def test_the_theme_is_of_the_page() -> None:
    assert CompareForm.from_fields(fields(theme="dark")).theme == "dark"
