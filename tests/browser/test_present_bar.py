"""The bar at the top in Chromium: room for everything at each width, and a menu on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

SHAPES = """() => [...document.querySelectorAll(".top-menu > *")].map((one) => {
  const {fontSize, borderTopColor, color, backgroundColor} = getComputedStyle(one);
  return [fontSize, borderTopColor, color, backgroundColor, one.offsetHeight].join();
})"""


@pytest.mark.parametrize("width", [720, 900, 1100, 1440])
def test_the_bar_has_room(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for address in ("/", "/?present=1", "/lessons/masking?step=2", "/lessons/masking?step=2&present=1"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert (
            page.evaluate("((top) => top.scrollWidth - top.clientWidth)(document.querySelector('.top'))") <= 0
        )
    page.goto("/")
    assert len(set(page.evaluate(SHAPES))) == 1


def test_on_a_phone_the_bar_folds_into_a_menu(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    addresses = (
        "/?example=tools",
        "/?present=1",
        "/lessons/masking?step=3",
        "/lessons/masking?step=3&present=1",
    )
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert (
            page.evaluate("((top) => top.scrollWidth - top.clientWidth)(document.querySelector('.top'))") <= 0
        )
    page.goto("/")
    expect(page.locator("#open-share")).to_be_hidden()
    page.focus(".top-more")
    page.keyboard.press("Enter")
    for item in page.locator(".top-menu > *").all():
        box = item.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Batch"
    page.keyboard.press("Escape")
    expect(page.locator("#open-share")).to_be_hidden()
    page.tap(".top-more")
    page.tap("#open-share")
    expect(page.locator("#share-link")).to_be_visible()
    page.keyboard.press("Escape")
    page.tap(".top-more")
    page.tap(".top-menu >> text=Compare")
    page.wait_for_url("**/compare")
    page.goto("/lessons/masking?step=3&present=1")
    page.tap("#predict-start")
    page.locator("#tokens b.t").first.tap()
    page.tap("#predict-reveal")
    expect(page.locator("#predict-score")).to_contain_text("1 of ")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
