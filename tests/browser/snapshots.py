"""What tests of stored snapshots share: pasting, storing by the button, opening the ways to share."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.links import SECRET, chat

Visit = Callable[..., Page]
"""Opens a page in a fresh profile on the server that stores; takes options of a browser context."""


def analysed(page: Page, text: str = SECRET, address: str = "/") -> None:
    """Someone pasted a conversation."""
    page.goto(address)
    page.fill("#conversation", chat(text))
    page.click("#analyse")
    expect(page.locator("#tokens")).to_contain_text(text.split()[-1], timeout=30_000)
    # The edit may have been sent by itself a moment before.
    page.wait_for_load_state("networkidle")


def unfold(page: Page, way: str) -> None:
    """Open one of the ways to share, unless it is open."""
    if page.get_attribute(f'details[data-way="{way}"]', "open") is None:
        page.click(f'details[data-way="{way}"] summary')


def stored(page: Page, lifetime: str = "30-days") -> tuple[str, str]:
    """Press the button; gives the short link and the manage link."""
    page.click("#open-share")
    unfold(page, "store")
    page.select_option("#store-lifetime", lifetime)
    page.click("#store-button")
    expect(page.locator("#stored")).to_be_visible()
    links = page.input_value("#stored-link"), page.input_value("#stored-manage")
    page.click("#share >> text=Close")
    return links
