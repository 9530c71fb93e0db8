"""Predictions in Chromium: marked by pointer and keys, scored by the labels, told apart without colour."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.presenting import at_step

MASKED = -100
STYLES = """() => [...new Set([...document.querySelectorAll("#tokens b")].map((token) => {
  const {backgroundColor, color, boxShadow, textDecorationLine} = getComputedStyle(token);
  return [backgroundColor, color, boxShadow, textDecorationLine].join();
}))]"""
PLACES = """(name) => [...document.querySelectorAll("#tokens b")]
  .flatMap((token, i) => (token.classList.contains(name) ? [i] : []))"""


@pytest.mark.parametrize(
    "address",
    ["/?present=1", "/lessons/masking?step=4&present=1", "/lessons/where-it-starts?step=3&present=1"],
)
def test_predictions_are_scored_by_the_labels(page: Page, address: str) -> None:
    page.goto(address)
    labels = json.loads(page.text_content("#labels") or "")
    trained = {at for at, label in enumerate(labels) if at and label != MASKED}
    page.click("#predict-start")
    assert len(page.evaluate(STYLES)) == 1
    for told in (".verdict", ".strip", ".tabs", ".turn header span:has-text('trained') >> nth=0"):
        expect(page.locator(told).first).to_be_hidden()
    first = min(trained)
    tokens = page.locator("#tokens b")
    guesses = {first - 2, first - 1, first, first + 1, first + 3}
    tokens.nth(first - 2).click()
    tokens.nth(first + 1).click(modifiers=["Shift"])
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(tokens.nth(first + 3)).to_have_attribute("aria-checked", "false")
    page.keyboard.press("Space")
    expect(tokens.nth(first + 3)).to_have_attribute("aria-checked", "true")
    # What is marked and taken back counts for nothing.
    tokens.nth(first + 2).click()
    tokens.nth(first + 2).click()
    assert page.text_content("#predict-count") == f"{len(guesses)} marked"
    page.click("#predict-reveal")
    right, wrong = len(guesses & trained), len(guesses - trained)
    expect(page.locator("#predict-score")).to_have_text(f"{right} of {len(trained)} found, {wrong} wrong.")
    expected = {"hit": guesses & trained, "missed": trained - guesses, "wrong": guesses - trained}
    for name, positions in expected.items():
        assert page.evaluate(PLACES, name) == sorted(positions)
    expect(page.locator("#verdict")).to_be_visible()
    page.click("#predict-stop")
    expect(page.locator("#predict")).to_be_hidden()
    assert page.locator("#tokens :is(.hit, .missed, .wrong, .guess)").count() == 0


def test_frames_and_letters_tell_the_guesses_apart_and_nothing_moves(page: Page) -> None:
    page.goto("/?present=1")
    page.click("#predict-start")
    token = page.locator("#tokens b").nth(21)
    width = token.bounding_box()
    token.click()
    page.locator("#tokens b").nth(25).click()
    page.click("#predict-reveal")
    after = token.bounding_box()
    assert width is not None
    assert after is not None
    assert after["width"] == width["width"]
    marks = {}
    for name in ("hit", "missed", "wrong"):
        marks[name] = page.locator(f"#tokens .{name}").first.evaluate(
            "(one) => [getComputedStyle(one).outlineStyle, getComputedStyle(one, '::before').content[1]]"
        )
    assert marks == {"hit": ["solid", "R"], "missed": ["dashed", "M"], "wrong": ["double", "W"]}


def test_a_screen_reader_hears_no_state_before_the_reveal(page: Page) -> None:
    page.goto("/?present=1")
    page.locator("#tokens b.t").first.click()
    expect(page.locator("#announce")).to_contain_text("trained")
    page.click("#predict-start")
    names = "[...document.querySelectorAll('#tokens [aria-label]')].map((one) => one.ariaLabel).join()"
    for _ in range(24):
        page.keyboard.press("ArrowRight")
        assert not re.search("trained|masked", page.evaluate(names))
    expect(page.locator("#announce")).to_have_text("")
    page.keyboard.press("Space")
    page.click("#predict-reveal")
    page.locator("#tokens b").nth(24).click()
    assert "trained" in page.evaluate(names)
    assert "The guess: right." in page.evaluate(names)


def test_after_the_reveal_space_goes_on(page: Page) -> None:
    page.goto("/lessons/masking?step=3&present=1")
    page.click("#predict-start")
    page.click("#predict-reveal")
    expect(page.locator("#predict-score")).to_contain_text("0 of ")
    page.keyboard.press("Space")
    at_step(page, 4)
    expect(page.locator("#predict")).to_be_hidden()
