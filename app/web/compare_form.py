"""The form of the comparison: the main page's fields twice, A's and B's, of which one side is being changed.

What comes from the main page has no side yet: that is A, and B begins as a copy of it. After that
every field carries its side before its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from .forms import AnalysisForm, Theme

Side: TypeAlias = Literal["a", "b"]
SIDES: tuple[Side, ...] = ("a", "b")


@dataclass(frozen=True, slots=True)
class CompareForm:
    """Both sides; `side` is the one that the page offers to change."""

    a: AnalysisForm
    b: AnalysisForm
    side: Side = "b"
    fresh: bool = False
    """Whether B has just been copied from A."""

    @classmethod
    def from_fields(cls, fields: Iterable[tuple[str, str]]) -> CompareForm:
        """Read posted fields; `do` is what a button asks for beside: to swap, or to change a side.

        >>> CompareForm.from_fields([("a.row", "1"), ("b.row", "2"), ("do", "swap")]).a.row
        2
        """
        posted = list(fields)
        values = dict(posted)
        if not any(name.startswith("a.") for name in values):
            form = AnalysisForm.from_fields(posted)
            return cls(form, form, fresh=True)
        theme = [("theme", values.get("theme", ""))]
        a, b = (AnalysisForm.from_fields([*_of(posted, side), *theme]) for side in SIDES)
        wanted = values.get("do", "")
        if wanted == "swap":
            a, b = b, a
        asked = wanted.removeprefix("change-") if wanted.startswith("change-") else values.get("side")
        return cls(a, b, "a" if asked == "a" else "b")

    @property
    def theme(self) -> Theme:
        return self.a.theme

    @property
    def changed(self) -> AnalysisForm:
        """The side that is being changed."""
        return self.a if self.side == "a" else self.b

    @property
    def kept(self) -> AnalysisForm:
        """The other side."""
        return self.b if self.side == "a" else self.a

    def of(self, side: Side) -> AnalysisForm:
        """One side's fields."""
        return self.a if side == "a" else self.b

    def with_rows(self, a: int, b: int) -> CompareForm:
        """The form with the rows that were read."""
        return replace(self, a=replace(self.a, row=a), b=replace(self.b, row=b))


def _of(posted: Iterable[tuple[str, str]], side: Side) -> list[tuple[str, str]]:
    prefix = f"{side}."
    return [(name.removeprefix(prefix), value) for name, value in posted if name.startswith(prefix)]
