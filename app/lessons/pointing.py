"""Which tokens a step points at, found in its analysis, so that a lesson names words and not numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.analysis import Analysis, ExampleAnalysis
from ..core.example import MASKED
from ..core.parts import PART_ID
from .lesson import Point, Step, TokenState


def shown_example(step: Step, analysis: Analysis) -> ExampleAnalysis | None:
    """The example that a step shows, or the last there is; None where the framework refuses the row."""
    number = min(int(step.fields.get("example", 0)), len(analysis.examples) - 1)
    return analysis.examples[number] if analysis.examples else None


def pointed(point: Point, analysed: ExampleAnalysis) -> tuple[int, ...]:
    """Positions of the tokens that fit, ascending; empty where none does."""
    fits = np.ones(len(analysed.messages), dtype=np.bool_)
    if point.turn is not None:
        fits &= analysed.messages == point.turn - 1
    if point.parts:
        fits &= np.isin(analysed.parts, [PART_ID[part] for part in point.parts])
    if point.tokens is not None:
        fits &= np.isin(np.arange(len(fits)), np.arange(*point.tokens))
    if point.state is not None:
        fits &= in_state(analysed, point.state)
    if point.text is not None:
        fits &= _covering(point.text, analysed, fits)
    found = np.flatnonzero(fits).tolist()
    return tuple({"all": found, "first": found[:1], "last": found[-1:]}[point.take])


def in_state(analysed: ExampleAnalysis, state: TokenState) -> NDArray[np.bool_]:
    """(n,) true where a token is in that state."""
    labelled, used = analysed.example.labels != MASKED, analysed.example.used
    found: NDArray[np.bool_] = {"trained": used, "unused": labelled & ~used, "masked": ~labelled}[state]
    return found


def _covering(text: str, analysed: ExampleAnalysis, within: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(n,) true for the tokens of the text's first place of which a token of `within` has a part."""
    whole, offsets = analysed.example.rendering.text, analysed.example.tokens.offsets
    at = whole.find(text)
    while at >= 0:
        covers = (offsets[:, 0] < at + len(text)) & (offsets[:, 1] > at)
        if (covers & within).any():
            return covers
        at = whole.find(text, at + 1)
    return np.zeros(len(offsets), dtype=np.bool_)
