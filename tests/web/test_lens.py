"""Lenses, weights and losses in the page's HTML, as each request gets it."""

from __future__ import annotations

import html
import re

import pytest
from lossmask.core.analysis import Analysis

from tests.factory import analysis
from tests.web.losses import SOURCE, answering, with_losses

PASTE = '[{"role": "user", "content": "hi there"}, {"role": "assistant", "content": "hello"}]'
HTMX = {"HX-Request": "true"}


def page(made: Analysis, query: str = "", posted: dict[str, str] | None = None, htmx: bool = False) -> str:
    with answering(made) as client:
        if posted is None:
            return client.get(f"/{query}").text
        fields = {"conversation": PASTE, **posted}
        return client.post("/", data=fields, headers=HTMX if htmx else {}).text


def checked(text: str, name: str) -> str:
    found = re.findall(rf'<input type="radio" name="{name}"[^>]* value="([^"]*)"[^>]* checked', text)
    assert len(found) == 1
    return str(found[0])


def test_by_label_unless_asked() -> None:
    assert checked(page(analysis()), "lens") == "label"


@pytest.mark.parametrize("lens", ["label", "weight", "loss"])
def test_the_address_and_the_form_choose_the_lens(lens: str) -> None:
    made = with_losses(analysis())
    assert checked(page(made, f"?lens={lens}"), "lens") == lens
    assert checked(page(made, posted={"lens": lens}), "lens") == lens
    assert checked(page(made, posted={"lens": lens}, htmx=True), "lens") == lens


def test_an_unknown_lens_is_none() -> None:
    assert checked(page(analysis(), "?lens=<b>"), "lens") == "label"
    assert checked(page(analysis(), "?lens=loss"), "lens") == "label"


def test_classes_of_every_lens_are_on_the_tokens() -> None:
    text = page(with_losses(analysis()))
    assert '<b class="t h-0">hello</b>' in text
    assert '<b class="h-2">hi</b>' in text


def test_the_legend_has_the_values_and_the_source() -> None:
    text = page(with_losses(analysis()))
    for words in ("0 to 0.25", "4 to 8", "8 and more", f"Losses from {SOURCE}."):
        assert words in text
    assert SOURCE not in page(analysis())


def test_masked_tokens_are_coloured_on_request_only() -> None:
    made = with_losses(analysis())
    assert 'id="would" value="on" form="form">' in page(made)
    assert 'id="would" value="on" form="form" checked>' in page(made, posted={"would": "on"})


def test_the_formula_stands_by_the_tokens_with_its_numbers() -> None:
    made = analysis()
    text = html.unescape(page(made))
    assert made.reduction.title in text
    assert made.reduction.with_numbers in text
    assert made.reduction.source in text


def test_without_scripts_the_table_has_losses_where_they_are_known() -> None:
    assert '<th scope="col" data-key="probability">' not in page(analysis())
    text = page(with_losses(analysis())).partition("<noscript>\n<p class")[2]
    assert '<td class="number">0.6065</td><td class="number">10</td>' in text


def test_the_reduction_is_chosen_in_the_form_and_asked_for() -> None:
    made = analysis()
    with answering(made) as client:
        engine = client.app.state.pool  # type: ignore[attr-defined]
        fields = {
            "conversation": PASTE,
            "reduction": "weighted-mean",
            "reduction.weighted-mean.over": "example",
        }
        text = client.post("/", data=fields).text
        client.post("/", data={"conversation": PASTE})
    chosen, default = (request.reduction for request in engine.asked)
    assert (chosen.name, chosen.options) == ("weighted-mean", {"over": "example"})
    assert default is None
    assert checked(text, "reduction") == "weighted-mean"
    assert '<option value="example" selected>' in text


def test_the_default_names_the_reduction_of_the_strategy() -> None:
    text = page(analysis(), posted={"strategy": "open-instruct"}, htmx=True)
    assert re.search(r'innerHTML:#reduction-label">strategy&#39;s default \([^)]+\)<', text)
