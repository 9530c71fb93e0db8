"""The dialog for sharing: what it offers, what it warns of, the keyboard, every theme."""

from __future__ import annotations

import json

import pytest
from lossmask.core.state import Pasted, SharedTemplate, State, fragment_of, read_link
from playwright.sync_api import Page, expect

from tests.browser.checks import assert_accessible
from tests.browser.links import chat, made_link, paste, seen_by_server


def test_opening_the_dialog_asks_the_server_for_nothing(page: Page) -> None:
    page.goto("/")
    page.wait_for_load_state("networkidle")
    sent = seen_by_server(page)
    made_link(page)
    assert sent == []
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


def test_long_links_are_warned_of_and_then_not_offered(page: Page) -> None:
    page.goto("/")
    noise = "Zebra " + " ".join(f"{n * 7919 % 99991}" for n in range(900))
    paste(page, chat(noise))
    page.click("#open-share")
    expect(page.locator("#share-warning")).to_contain_text("Some chat apps cut long links.")
    assert 2000 < len(page.input_value("#share-link")) <= 8000
    page.goto("/")
    paste(page, chat(noise + " ".join(f"{n * 7907 % 99989}" for n in range(4000))))
    page.click("#open-share")
    expect(page.locator("#share-warning")).to_contain_text("above 8,000 characters none is offered")
    expect(page.locator("#share-link")).to_be_hidden()


def test_labels_and_structure_alone(page: Page, stranger: Page) -> None:
    page.goto("/")
    paste(page, chat())
    page.click("#open-share")
    whole = page.input_value("#share-link")
    page.check('input[value="structure"]')
    expect(page.locator("#share-structure-note")).to_be_visible()
    expect(page.locator("#share-link")).not_to_have_value(whole)
    link = page.input_value("#share-link")
    assert "Zebra" not in json.dumps(read_link(link).as_json())
    sent = seen_by_server(stranger)
    stranger.goto(link)
    expect(stranger.locator(".structure")).to_contain_text("content")
    expect(stranger.locator("#result")).to_contain_text("labels and structure only")
    expect(stranger.locator("#tokens")).to_have_count(0)
    assert not any("Zebra" in line for line in sent)
    assert stranger.input_value("#conversation") == ""
    stranger.click("#open-share")
    expect(stranger.locator("#share-nothing")).to_be_visible()


def test_the_dialog_by_keyboard(page: Page) -> None:
    page.goto("/")
    page.focus("#open-share")
    page.keyboard.press("Enter")
    expect(page.locator("#share")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('#share') !== null")
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('#share') !== null"
        )
    page.keyboard.press("Escape")
    expect(page.locator("#share")).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "open-share"


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_the_dialog_and_what_came_of_a_link_can_be_read(stranger: Page, theme: str) -> None:
    good = State("0.1.0", Pasted(chat()), template=SharedTemplate("bundled:llama-3"), digest="ab" * 32)
    for width in (1440, 390):
        stranger.set_viewport_size({"width": width, "height": 844})
        stranger.goto("about:blank")
        stranger.goto(f"/?theme={theme}#{fragment_of(good)}")
        expect(stranger.locator("#shared")).to_be_visible()
        if width == 390:
            stranger.click(".top-more")
        stranger.click("#open-share")
        stranger.check('input[value="structure"]')
        expect(stranger.locator("#share-structure-note")).to_be_visible()
        assert_accessible(stranger)
        assert stranger.evaluate("document.documentElement.scrollWidth <= innerWidth")
        box = stranger.locator("#share").bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width
        link = stranger.input_value("#share-link")
        stranger.click("#share >> text=Close")
        stranger.evaluate("(link) => { location.hash = new URL(link).hash; }", link)
        expect(stranger.locator(".structure")).to_be_visible()
        assert_accessible(stranger)
