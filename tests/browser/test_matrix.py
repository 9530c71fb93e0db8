"""Every framework at a glance in Chromium: there with the input, back with a rule, wide and narrow."""

from __future__ import annotations

import pytest
from lossmask.strategies.registry import STRATEGIES
from playwright.sync_api import Browser, Page, expect

from tests.browser.checks import assert_accessible

TYPED = "User: hi\nAssistant: hello"


def test_there_with_the_input_and_back_with_a_rule(page: Page) -> None:
    page.goto("/")
    page.fill("#conversation", TYPED)
    page.click("button[formaction='/matrix']")
    expect(page.locator(".matrix tbody tr")).to_have_count(len(STRATEGIES))
    assert page.url.endswith("/matrix")
    counts = page.locator("tr", has=page.locator("button[value=full]")).locator(".number").all_inner_texts()
    page.click("button[value=full]")
    expect(page.locator("#verdict")).to_contain_text(f"{counts[0].split()[0]} of {counts[1]} tokens train")
    assert page.input_value("#conversation") == TYPED
    assert page.locator("input[name=strategy]:checked").input_value() == "full"


def test_strips_have_one_scale(page: Page) -> None:
    page.goto("/matrix")
    boxes = [strip.bounding_box() for strip in page.locator(".matrix-strip").all()]
    assert len({(box["x"], box["width"]) for box in boxes if box}) == 1
    names = page.locator(".turn-names").bounding_box()
    assert boxes[0] is not None
    assert names is not None
    assert abs(names["x"] - boxes[0]["x"]) < 1
    assert abs(names["width"] - boxes[0]["width"]) < 1


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("example", ["tools", "none"])
def test_themes(page: Page, theme: str, example: str) -> None:
    page.goto(f"/matrix?example={example}&theme={theme}")
    assert_accessible(page)


def test_a_theme_is_applied_at_once(page: Page) -> None:
    page.goto("/matrix")
    page.locator("input[name=theme][value=dark]").check(force=True)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.click("button:has-text('Back to the tokens')")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_phone_scrolls_down_only(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/matrix?example=tools")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator(".matrix tbody tr").last).to_be_attached()
    context.close()


def test_without_scripts(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.fill("#conversation", TYPED)
    page.click("button[formaction='/matrix']")
    page.click("button[value=axolotl]")
    expect(page.locator("#verdict")).to_contain_text("tokens train")
    assert page.input_value("#conversation") == TYPED
    context.close()
