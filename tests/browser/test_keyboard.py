"""The keyboard: one tab stop, moves, boundaries, search, help."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture(autouse=True)
def opened(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#inspector .with-token")).to_be_visible()


def position(page: Page) -> int:
    return int(page.inner_text("#inspector-title").split()[1])


def press(page: Page, *keys: str) -> int:
    for key in keys:
        page.keyboard.press(key)
    return position(page)


def start(page: Page, index: int = 0) -> None:
    page.locator("#tokens b").nth(index).click()


def test_the_tokens_are_one_tab_stop(page: Page) -> None:
    page.locator(".formula summary").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#tokens') !== null")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#tokens') === null")
    assert page.locator("#tokens [tabindex='0']").count() == 1
    assert page.locator("#tokens [role=button]").count() == 1


def test_left_and_right(page: Page) -> None:
    start(page)
    assert press(page, "ArrowRight", "ArrowRight", "ArrowLeft") == 1
    assert press(page, "ArrowLeft", "ArrowLeft", "ArrowLeft") == 0
    assert page.evaluate("document.activeElement.matches('#tokens b.here')")


def test_up_and_down_keep_to_lines(page: Page) -> None:
    start(page, 6)
    line = "document.activeElement.getBoundingClientRect().top"
    before = page.evaluate(line)
    press(page, "ArrowDown")
    assert page.evaluate(line) > before
    press(page, "ArrowUp")
    assert page.evaluate(line) == before


def test_home_end_and_turns(page: Page) -> None:
    count = page.locator("#tokens b").count()
    start(page, count - 3)
    assert press(page, "End") == count - 1
    first = press(page, "Home")
    assert first > 0
    assert press(page, "PageUp") < first
    assert press(page, "PageDown") == first


def test_boundaries(page: Page) -> None:
    start(page)
    before = press(page, "n")
    assert press(page, "n") == before + 1
    assert "t" in (page.locator("#tokens b").nth(before + 1).get_attribute("class") or "")
    assert "t" not in (page.locator("#tokens b").nth(before).get_attribute("class") or "").split()
    assert press(page, "p") == before


def test_pin_and_release(page: Page) -> None:
    start(page, 2)
    expect(page.locator("#release")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#release")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#release")).to_be_visible()


def test_go_and_search(page: Page) -> None:
    start(page)
    page.keyboard.press("g")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    assert position(page) == 7
    page.keyboard.press("/")
    page.keyboard.type("recipe")
    page.keyboard.press("Enter")
    found = position(page)
    assert "re" in page.locator("#tokens b").nth(found).inner_text()
    page.keyboard.press("g")
    page.keyboard.type("99999")
    page.keyboard.press("Enter")
    expect(page.locator("#ask-result")).to_have_text("No such position here.")


def test_help_table_and_folding(page: Page) -> None:
    start(page)
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    start(page)
    page.keyboard.press("[")
    expect(page.locator("#form")).to_be_hidden()
    page.keyboard.press("[")
    page.keyboard.press("t")
    expect(page.locator("#table")).to_be_visible()


def test_comparing(page: Page) -> None:
    start(page)
    page.keyboard.press("c")
    page.wait_for_url("**/compare*")
    expect(page.locator("#compared")).to_be_visible()


def test_letters_typed_elsewhere_are_letters(page: Page) -> None:
    page.locator("#tokenizer").focus()
    page.keyboard.type("t?[")
    assert "t?[" in page.input_value("#tokenizer")
    expect(page.locator("#help")).to_be_hidden()


def test_the_pinned_token_is_announced(page: Page) -> None:
    start(page, 5)
    expect(page.locator("#announce")).to_contain_text("position 5, masked.")
