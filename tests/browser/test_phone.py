"""A phone: 390 pixels, no hover."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.failing import TALK, show


@pytest.fixture
def context_options() -> dict[str, object]:
    return {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def no_sideways(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_one_pane_at_a_time_without_scrolling_sideways(page: Page) -> None:
    page.goto("/?example=tools")
    panes = {"input": "#form", "tokens": "#main", "details": "#inspector"}
    for pane, shown in panes.items():
        page.tap(f"[data-pane={pane}]")
        for other in panes.values():
            assert page.locator(other).is_visible() is (other == shown)
        no_sideways(page)


def test_every_view_fits(page: Page) -> None:
    page.goto("/?example=tools")
    for view in ("text", "table", "raw", "labels"):
        page.tap(f"label[for=view-{view}]")
        no_sideways(page)


def test_a_tap_pins_and_opens_a_sheet(page: Page) -> None:
    page.goto("/")
    token = page.locator("#tokens b.t").nth(3)
    token.tap()
    expect(page.locator("#inspector .why")).to_be_visible()
    box, sheet = token.bounding_box(), page.locator("#inspector").bounding_box()
    assert box is not None
    assert sheet is not None
    assert box["y"] + box["height"] <= sheet["y"] + 1
    page.tap("#release")
    expect(page.locator("#inspector")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_findings_and_chips_fit_and_are_large_enough_to_tap(page: Page, theme: str) -> None:
    show(page, TALK, theme)
    assert page.locator(".chip").count() == 3
    page.locator(".turn-table > summary").press("Enter")
    expect(page.locator(".turn-table table")).to_be_visible()
    no_sideways(page)
    for target in page.locator(".findings :is(.places a, button, summary)").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    for chip in page.locator(".chip").all():
        box = chip.bounding_box()
        assert box is not None
        assert box["height"] >= 32
    beyond = "(one) => one.scrollWidth > one.clientWidth"
    assert not page.locator(".turn-table .scroll").evaluate(beyond)


def test_a_finding_is_tapped(page: Page) -> None:
    show(page, TALK)
    page.locator(".findings .places a").first.tap()
    expect(page.locator("#tokens b.here")).to_be_in_viewport()
    expect(page.locator("#inspector .why")).to_be_visible()
