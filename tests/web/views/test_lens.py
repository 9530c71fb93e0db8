"""Lenses: steps and their classes, legends, and what a lens has nothing to tell of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lossmask.core.analysis import Analysis
from lossmask.web.forms import AnalysisForm
from lossmask.web.views.lens import (
    heat_steps,
    lens_classes,
    lens_view,
    thickness,
    weight_steps,
)

from tests.factory import CHAT, Word, analysis
from tests.web.losses import LADDER, SOURCE, with_losses


def weighing(*coefficients: float, made: Analysis | None = None) -> Analysis:
    """The chat with these coefficients for its last tokens."""
    made = made or analysis()
    column = np.zeros(len(CHAT))
    column[-len(coefficients) :] = coefficients
    return replace(made, examples=(replace(made.examples[0], coefficients=column),))


def classes(made: Analysis) -> list[str]:
    found = lens_classes(made, made.examples[0])
    return [""] * len(CHAT) if found is None else list(found)


@pytest.mark.parametrize(
    ("loss", "step"),
    [(0.0, 0), (0.249, 0), (0.25, 1), (1, 2), (2, 3), (3.99, 3), (4, 4), (8, 5), (99, 5), (np.nan, -1)],
)
def test_a_step_of_heat_begins_at_its_own_value(loss: float, step: int) -> None:
    assert heat_steps(np.array([loss])).tolist() == [step]


def test_quarters_of_the_heaviest() -> None:
    column = np.array([0, 1e-6, 0.25, 0.2500001, 0.5, 0.75, 0.9, 1.0, np.nan])
    assert weight_steps(column, 1.0).tolist() == [-1, 1, 1, 2, 2, 3, 4, 4, -1]
    assert weight_steps(column / 57, 1 / 57).tolist() == [-1, 1, 1, 2, 2, 3, 4, 4, -1]
    assert weight_steps(np.zeros(2), 0.0).tolist() == [-1, -1]


def test_only_weights_beside_0_and_1_have_a_thickness_of_their_own() -> None:
    assert thickness(np.array([0, 0.1, 0.5, 0.9, 1, 1.5])).tolist() == [-1, 1, 2, 2, -1, 4]


def test_equal_weights_need_no_class_and_have_a_sentence() -> None:
    made = analysis()
    assert lens_classes(made, made.examples[0]) is None
    assert lens_view(made, made.examples[0], AnalysisForm()).equal == (
        "Every trained token weighs the same, 1/3."
    )
    nothing = analysis([Word("a", 0)])
    assert lens_view(nothing, nothing.examples[0], AnalysisForm()).equal == "No token weighs anything."


def test_weights_that_differ_have_classes_and_a_legend_with_values() -> None:
    made = weighing(0.1, 0.2, 0.4)
    assert classes(made)[-3:] == ["w-1", "w-2", "w-4"]
    assert classes(made)[:-3] == [""] * 6
    view = lens_view(made, made.examples[0], AnalysisForm())
    assert view.equal is None
    assert [(step.name, step.text) for step in view.weights] == [
        ("w-1", "up to 1/10"),
        ("w-2", "up to 1/5"),
        ("w-3", "up to 0.3"),
        ("w-4", "up to 0.4, the heaviest"),
    ]


def test_the_heaviest_of_all_examples_is_the_measure() -> None:
    light, heavy = weighing(0.1, 0.1, 0.1), weighing(0.4, 0.4, 0.4)
    both = replace(light, examples=light.examples + heavy.examples)
    assert classes(both)[-1] == "w-1"


def test_a_weight_that_only_a_model_can_tell_has_no_class() -> None:
    assert classes(weighing(np.nan, 0.2, 0.4))[-3:] == ["", "w-2", "w-4"]
    unknown = weighing(np.nan, np.nan, np.nan)
    assert classes(unknown) == [""] * len(CHAT)
    view = lens_view(unknown, unknown.examples[0], AnalysisForm())
    assert view.weights == ()
    assert view.equal is not None
    assert "depends on a model's probability" in view.equal


def test_a_fraction_of_a_weight_shows_under_every_lens() -> None:
    made = analysis()
    weights = np.array([0, 0, 0, 0, 0, 0, 1, 0.5, 0.5])
    one = replace(made.examples[0], example=replace(made.examples[0].example, weights=weights))
    assert classes(replace(made, examples=(one,)))[-3:] == ["", "v-2", "v-2"]


def test_losses_colour_masked_tokens_too_and_unknown_ones_never() -> None:
    made = with_losses(analysis())
    assert classes(made) == ["", "h-1", "h-2", "h-3", "h-4", "h-5", "h-0", "h-1", "h-2"]
    assert len(lens_view(made, made.examples[0], AnalysisForm()).heat) == len(LADDER)


def test_by_loss_is_offered_only_where_a_loss_is_known() -> None:
    without, known = analysis(), with_losses(analysis())
    form = AnalysisForm(lens="loss", would=True)
    assert [name for name, _ in lens_view(without, without.examples[0], form).choices] == ["label", "weight"]
    assert lens_view(without, without.examples[0], form).chosen == "label"
    view = lens_view(known, known.examples[0], form)
    assert [name for name, _ in view.choices] == ["label", "weight", "loss"]
    assert (view.chosen, view.would, view.source) == ("loss", True, SOURCE)
