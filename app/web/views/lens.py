"""What tokens can be coloured by beside their labels: how much each weighs, and its loss.

A lens never changes a token's width: it swaps fill and underline. Every token therefore carries
the classes of all lenses at once, and the style sheet shows those of the chosen one, so that a
switch takes neither a request nor a script. Classes: `v-1` to `v-4` where a weight is neither 0
nor 1, under every lens; `w-1` to `w-4` for a coefficient beside the heaviest of the conversation;
`h-0` to `h-5` for a loss. The numbers themselves stand in the inspector and in the Table.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...core.analysis import Analysis, ExampleAnalysis
from ...core.example import FloatArray
from ..forms import AnalysisForm, Lens
from .columns import fraction

LensClasses: TypeAlias = Sequence[str]
"""Class letters of every token of an example, by spaces; empty for most."""
Steps: TypeAlias = NDArray[np.int8]

NO_STEP = -1
HEAT_FROM = (0.0, 0.25, 1.0, 2.0, 4.0, 8.0)
"""Nats from which each step of the heat palette begins."""
WEIGHT_STEPS = 4
EQUAL = 1e-9
"""Coefficients that differ by less than this part of the heaviest are equal."""


@dataclass(frozen=True, slots=True)
class LegendStep:
    """One patch of a legend: the class of its tokens, and the values that it stands for."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class LensView:
    """The lens control with its legends. A legend is empty where its lens has nothing to tell apart."""

    chosen: Lens
    would: bool
    weights: tuple[LegendStep, ...]
    heat: tuple[LegendStep, ...]
    equal: str | None
    """One sentence where every trained token weighs the same, nothing does, or nothing is known."""
    source: str | None
    """Where the losses come from; None where none are known."""

    @property
    def choices(self) -> tuple[tuple[Lens, str], ...]:
        named: tuple[tuple[Lens, str], ...] = (("label", "label"), ("weight", "weight"))
        return (*named, ("loss", "loss")) if self.source is not None else named


def lens_view(analysis: Analysis, analysed: ExampleAnalysis, form: AnalysisForm) -> LensView:
    """The control as the form has it; by loss only where a loss is known."""
    losses = analysed.losses
    heaviest = heaviest_of(analysis)
    varied = heaviest > 0 and varies(analysis)
    return LensView(
        chosen="label" if form.lens == "loss" and losses is None else form.lens,
        would=form.would,
        weights=_weight_legend(heaviest) if varied else (),
        heat=_heat_legend() if losses is not None else (),
        equal=None if varied else _equal(analysis, heaviest),
        source=None if losses is None else losses.source,
    )


def heaviest_of(analysis: Analysis) -> float:
    """The largest known coefficient among all examples of the conversation; 0 where none is above 0."""
    known = (np.nan_to_num(one.coefficients) for one in analysis.examples)
    return max((float(column.max(initial=0.0)) for column in known), default=0.0)


def varies(analysis: Analysis) -> bool:
    """Whether some trained token weighs less than another, or is not known to weigh as much."""
    heaviest = heaviest_of(analysis)
    for one in analysis.examples:
        used = one.coefficients[one.example.used]
        if len(used) and not bool(np.all(np.abs(used - heaviest) <= EQUAL * heaviest)):
            return True
    return False


def weight_steps(coefficients: FloatArray, heaviest: float) -> Steps:
    """(n,) 1 to 4, the quarter of the heaviest that a coefficient falls into; -1 where it weighs nothing.

    >>> weight_steps(np.array([0.0, 0.1, 0.26, 1.0, np.nan]), heaviest=1.0)
    array([-1,  1,  2,  4, -1], dtype=int8)
    """
    known = np.nan_to_num(coefficients)
    if heaviest <= 0:
        return np.full(len(known), NO_STEP, dtype=np.int8)
    quarters = np.ceil(known / heaviest * WEIGHT_STEPS - EQUAL).clip(1, WEIGHT_STEPS)
    return np.where(known > 0, quarters, NO_STEP).astype(np.int8)


def heat_steps(cross_entropy: FloatArray) -> Steps:
    """(n,) 0 to 5, the step of `HEAT_FROM` that a loss falls into; -1 where it is unknown.

    >>> heat_steps(np.array([0.1, 0.25, 9.0, np.nan]))
    array([ 0,  1,  5, -1], dtype=int8)
    """
    steps = np.digitize(cross_entropy, HEAT_FROM[1:])
    return np.where(np.isnan(cross_entropy), NO_STEP, steps).astype(np.int8)


def thickness(weights: FloatArray) -> Steps:
    """(n,) pixels of the underline, 1 to 4, where a weight is neither 0 nor 1 (which has 3); else -1.

    >>> thickness(np.array([0.0, 0.3, 0.5, 1.0, 2.0]))
    array([-1,  1,  2, -1,  4], dtype=int8)
    """
    pixels = np.where(weights > 1, 4, np.where(weights >= 0.5, 2, 1))
    return np.where((weights == 0) | (weights == 1), NO_STEP, pixels).astype(np.int8)


def lens_classes(analysis: Analysis, analysed: ExampleAnalysis) -> LensClasses | None:
    """The classes of every token of one example; None where no token has any."""
    columns = [("v", np.where(analysed.example.used, thickness(analysed.example.weights), NO_STEP))]
    if varies(analysis):
        columns.append(("w", weight_steps(analysed.coefficients, heaviest_of(analysis))))
    if analysed.losses is not None:
        columns.append(("h", heat_steps(analysed.losses.cross_entropy)))
    if all((steps == NO_STEP).all() for _, steps in columns):
        return None
    named = [
        [f"{letter}-{step}" if step >= 0 else "" for step in steps.tolist()] for letter, steps in columns
    ]
    return [" ".join(filter(None, names)) for names in zip(*named, strict=True)]


def _name(letter: str, step: int) -> str:
    return "" if step == NO_STEP else f"{letter}-{step}"


def _weight_legend(heaviest: float) -> tuple[LegendStep, ...]:
    """The upper end of each quarter, as a coefficient."""
    ends = [heaviest * step / WEIGHT_STEPS for step in range(1, WEIGHT_STEPS + 1)]
    texts = [f"up to {fraction(end)}" for end in ends[:-1]] + [f"up to {fraction(ends[-1])}, the heaviest"]
    return tuple(LegendStep(f"w-{step}", text) for step, text in enumerate(texts, start=1))


def _heat_legend() -> tuple[LegendStep, ...]:
    starts = [f"{start:g}" for start in HEAT_FROM]
    between = [f"{low} to {high}" for low, high in itertools.pairwise(starts)]
    texts = [*between, f"{starts[-1]} and more"]
    return tuple(LegendStep(f"h-{step}", text) for step, text in enumerate(texts))


def _equal(analysis: Analysis, heaviest: float) -> str:
    if heaviest > 0:
        return f"Every trained token weighs the same, {fraction(heaviest)}."
    if any(np.isnan(one.coefficients).any() for one in analysis.examples):
        return "What a token weighs depends on a model's probability of it, which is not known."
    return "No token weighs anything."
