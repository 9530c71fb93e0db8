"""What the page of every framework at a glance draws: the form that goes along, and rows or a failure."""

from __future__ import annotations

from dataclasses import dataclass

from ..forms import FOUND, AnalysisForm
from .controls import template_label
from .failure import FailureView
from .matrix import ASPECT_TITLES, MatrixView


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """Either `matrix` or `failure` is there."""

    form: AnalysisForm
    matrix: MatrixView | None = None
    failure: FailureView | None = None

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Unseen fields: the user's, then those that count once their rule is chosen."""
        found = self.matrix.found if self.matrix else ()
        return [*self.form.fields(), *((f"{FOUND}{name}", value) for name, value in found)]

    @property
    def template_label(self) -> str:
        return template_label(self.form)

    @property
    def aspects(self) -> tuple[tuple[str, str], ...]:
        """The columns: title and meaning."""
        return tuple(ASPECT_TITLES.values())
