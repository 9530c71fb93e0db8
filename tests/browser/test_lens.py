"""Lenses in Chromium: nothing moves, the keyboard reaches them, colours and figures, no scripts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lossmask.core.analysis import Analysis
from playwright.sync_api import Browser, Page, expect

from tests.browser.by_hand import serve
from tests.browser.test_accessibility import check
from tests.labels import analysed
from tests.web.losses import with_losses

BOXES = "[...document.querySelectorAll('#tokens b')].map((b) => [b.offsetWidth, b.offsetLeft])"
FILL = "(selector) => getComputedStyle(document.querySelector(selector)).backgroundColor"
CLEAR = "rgba(0, 0, 0, 0)"
HEAT = ("255, 247, 220", "254, 227, 145", "253, 185, 85", "232, 130, 30", "180, 80, 11", "107, 38, 6")


@pytest.fixture(scope="module")
def known() -> Analysis:
    return with_losses(analysed(chat_template="bundled:llama-3"))


@pytest.fixture(scope="module")
def weighed() -> Analysis:
    return with_losses(analysed(chat_template="bundled:llama-3", reduction={"name": "dft"}))


def fill(page: Page, selector: str) -> Any:
    return page.evaluate(FILL, selector)


def test_a_lens_moves_no_token(page: Page, weighed: Analysis) -> None:
    serve(page, weighed)
    page.goto("/")
    before = page.evaluate(BOXES)
    for lens in ("weight", "loss"):
        page.check(f"#lens-{lens}")
        assert page.evaluate(BOXES) == before
    page.check("#would")
    assert page.evaluate(BOXES) == before


def test_the_keyboard_chooses_and_the_address_keeps(page: Page, known: Analysis) -> None:
    serve(page, known)
    page.goto("/")
    page.focus("#lens-label")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".legend-of.weight")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".legend-of.loss")).to_be_visible()
    assert page.url.endswith("?lens=loss")
    page.reload()
    expect(page.locator("#lens-loss")).to_be_checked()


def test_a_choice_is_no_edit_and_outlives_a_new_result(page: Page, known: Analysis) -> None:
    serve(page, known)
    page.goto("/")
    page.check("#lens-loss")
    page.check("#would")
    expect(page.locator("#stale")).to_be_hidden()
    page.fill("#conversation", "User: hi\nAssistant: hello")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Control+Enter")
    expect(page.locator("#reading")).to_contain_text("2 messages")
    expect(page.locator("#lens-loss")).to_be_checked()
    expect(page.locator("#would")).to_be_checked()


@pytest.mark.parametrize(("theme", "palette"), [("light", HEAT), ("projector", HEAT), ("dark", HEAT[::-1])])
def test_heat_colours_trained_tokens_and_masked_ones_on_request(
    page: Page, known: Analysis, theme: str, palette: tuple[str, ...]
) -> None:
    serve(page, known)
    page.goto(f"/?lens=loss&theme={theme}")
    for step, colour in enumerate(palette):
        assert fill(page, f"#tokens .t.h-{step}") == f"rgb({colour})"
        assert fill(page, f"#tokens .h-{step}:not(.t)") == CLEAR
    page.check("#would")
    for step, colour in enumerate(palette):
        assert fill(page, f"#tokens .h-{step}:not(.t)") == f"rgb({colour})"
    shadow = "getComputedStyle(document.querySelector('#tokens .h-3:not(.t)')).boxShadow"
    assert page.evaluate(shadow) == "none"


def test_four_fills_and_four_thicknesses_by_weight(page: Page, weighed: Analysis) -> None:
    serve(page, weighed)
    page.goto("/?lens=weight")
    fills, shadows = set(), []
    for step in (1, 2, 3, 4):
        selector = f".legend-of.weight .w-{step}"
        fills.add(fill(page, selector))
        shadows.append(
            page.evaluate("(s) => getComputedStyle(document.querySelector(s)).boxShadow", selector)
        )
    assert len(fills) == 4
    for step, shadow in enumerate(shadows, start=1):
        assert f"0px -{step}px 0px 0px inset" in shadow


def test_the_inspector_has_the_figures(page: Page, known: Analysis) -> None:
    serve(page, known)
    page.goto("/")
    page.locator("#tokens b.t.h-1").first.click()
    facts = page.inner_text("[data-slot=weighs]").replace("\n", " ")
    count = int(known.examples[0].example.used.sum())
    assert f"coefficient 1/{count}" in facts
    assert "loss 0.5 nats probability 0.6065" in facts
    assert f"loss {0.5 / count:.4g}" in facts
    expect(page.locator("[data-slot=likeliest] li")).to_have_count(5)
    page.locator("#tokens b").first.click()
    expect(page.locator("[data-slot=share]")).to_have_text("none")
    expect(page.locator("[data-slot=weighs]")).to_contain_text("0, masked")


def test_a_label_that_nothing_uses_weighs_nothing(page: Page) -> None:
    page.goto("/")
    page.check("input[value=full]")
    page.locator("#tokens b.u").click()
    expect(page.locator("#inspector .why")).to_contain_text("it weighs nothing")
    expect(page.locator("[data-slot=weighs]")).to_contain_text("0, labelled but unused")


def test_the_pinned_token_is_told_with_what_the_lens_shows(page: Page, known: Analysis) -> None:
    serve(page, known)
    page.goto("/?lens=loss")
    page.locator("#tokens b.t.h-1").first.click()
    expect(page.locator("#announce")).to_contain_text("trained, loss 0.5 nats.")
    page.check("#lens-weight")
    page.locator("#tokens b.t.h-2").first.click()
    expect(page.locator("#announce")).to_contain_text("trained, weighs 1/")


def test_the_table_sorts_by_loss_with_the_unknown_last(page: Page, known: Analysis) -> None:
    serve(page, known)
    page.goto("/")
    page.click("label[for=view-table]")
    for _ in range(2):
        page.click("#table th[data-key=loss] button")
        assert page.locator("#table tbody tr").last.get_attribute("data-position") == "0"
    shown = [float(text) for text in page.locator("#table tbody td:nth-child(9)").all_inner_texts()[:-1]]
    assert shown == sorted(shown, reverse=True)


def test_the_chosen_reduction_is_named_by_the_tokens(page: Page) -> None:
    page.goto("/")
    before = page.inner_text(".formula summary")
    page.click("#reduction-field > summary")
    page.check("input[name=reduction][value=sum]")
    expect(page.locator(".formula summary")).not_to_have_text(before)
    page.locator("#tokens b.t").first.click()
    expect(page.locator("[data-slot=weighs]")).to_have_text(re.compile(r"coefficient\s*1$"))


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("lens", ["weight", "loss"])
def test_every_theme_can_be_read(page: Page, weighed: Analysis, theme: str, lens: str) -> None:
    serve(page, weighed)
    page.goto(f"/?lens={lens}&theme={theme}")
    page.locator("#tokens b.t").first.click()
    page.click(".formula summary")
    page.click("#reduction-field > summary")
    if lens == "loss":
        page.check("#would")
    check(page)


def test_without_scripts_a_lens_still_colours(browser: Browser, server: str, known: Analysis) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    serve(page, known)
    page.goto("/?lens=loss")
    expect(page.locator(".legend-of.loss")).to_be_visible()
    page.click("#analyse")
    expect(page.locator("#lens-loss")).to_be_checked()
    context.close()
