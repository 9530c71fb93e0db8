"""The batch page in Chromium: there and back, new figures in place, themes, phone, no scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.checks import assert_accessible

ROWS = "\n".join(
    f'{{"messages": [{{"role": "user", "content": "hi"}}, {{"role": "assistant", "content": "{text}"}}]}}'
    for text in ("yes", "a long answer that goes on and on and on and on")
)


def test_there_with_the_input_and_back_to_a_row(page: Page) -> None:
    page.goto("/")
    page.fill("#conversation", ROWS)
    page.click("button[formaction='/batch']")
    expect(page.locator("#verdict")).to_contain_text("2 conversations")
    assert page.input_value("#conversation") == ROWS
    page.locator("#result button[name=row][value='1']").first.click()
    expect(page.locator("#tokens")).to_contain_text("answer")
    assert page.input_value("#row") == "1"


def test_choices_change_the_figures_in_place(page: Page) -> None:
    page.goto("/batch")
    before = page.locator(".shares tbody").first.inner_text()
    page.fill("[name='batch.micro_batch_size']", "6")
    page.click(".main-button")
    expect(page.locator(".two")).to_contain_text("B: Mean of micro-batch means")
    expect(page.locator(".shares tbody").first).not_to_have_text(before)
    assert page.locator(".pack li").count() == 6
    page.select_option("[name='batch.arrangement']", "bfd_split")
    page.fill("[name='batch.packing_length']", "64")
    page.click(".main-button")
    expect(page.locator(".pack .cut-end").first).to_be_attached()
    page.fill("#conversation", "[{")
    page.click(".main-button")
    expect(page.locator("#errors .failure")).to_be_focused()
    page.fill("#conversation", ROWS)
    page.click(".main-button")
    expect(page.locator("#errors .failure")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_themes(page: Page, theme: str) -> None:
    page.goto(f"/batch?theme={theme}")
    assert_accessible(page)


def test_a_phone_scrolls_down_only(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/batch")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_without_scripts(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/batch")
    page.fill("#conversation", ROWS)
    page.click(".main-button")
    expect(page.locator("#verdict")).to_contain_text("2 conversations")
    context.close()
