"""A restored analysis draws the very page that it was stored from."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from lossmask.core.analysis import Analysis
from lossmask.core.parsing import open_paste, parse
from lossmask.core.restore import restored
from lossmask.engine.analyse import analyse
from lossmask.errors import LossmaskError
from lossmask.strategies.registry import STRATEGIES
from lossmask.web.forms import AnalysisForm
from lossmask.web.samples import SAMPLES
from lossmask.web.templating import pages
from lossmask.web.views.page import Surroundings, analysed_page

from tests.web.losses import with_losses

AROUND = Surroundings(("bundled",), 128_000)


def drawn(form: AnalysisForm, analysis: Analysis) -> str:
    """The result as the page shows it."""
    parsed = parse(open_paste(form.conversation))
    view = analysed_page(form, parsed, (), analysis, AROUND)
    return pages.get_template("_partials/_result.html").render(page=view, partial=True)


def again(analysis: Analysis) -> Analysis:
    return restored(json.loads(json.dumps(analysis.as_json(), allow_nan=False)))


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_rule_draws_the_same_page(name: str, sample: str) -> None:
    form = AnalysisForm(strategy=name).with_example(SAMPLES[sample].text, SAMPLES[sample].template)
    try:
        made = analyse(form.request(parse(open_paste(form.conversation)).conversation))
    except LossmaskError:
        pytest.skip("the rule asks for an option")
    assert drawn(form, again(made)) == drawn(form, made)


def test_losses_draw_the_same_page() -> None:
    form = AnalysisForm(lens="loss", would=True).with_example(SAMPLES["chat"].text, SAMPLES["chat"].template)
    made = with_losses(analyse(form.request(parse(open_paste(form.conversation)).conversation)))
    page = drawn(form, made)
    assert "Losses from" in page
    assert drawn(form, again(made)) == page
    assert drawn(replace(form, lens="weight"), again(made)) != page
