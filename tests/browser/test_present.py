"""Presenting in Chromium: key P, steps, predictions with their score, notes, and the bar on a phone."""

from __future__ import annotations

import json
import re

import pytest
from lossmask.lessons.registry import bundled_lessons
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_accessibility import found

LESSONS = {lesson.name: lesson for lesson in bundled_lessons()}
STEPS = len(LESSONS["masking"].steps)
MASKED = -100


def at_step(page: Page, number: int) -> None:
    """Until the step is shown, and listens to keys."""
    expect(page.locator(f"html.scripted body[data-step='{number}']")).to_have_count(1)


def test_key_p_presents_the_main_page_and_back(page: Page) -> None:
    page.goto("/?example=tools&theme=dark")
    typed = page.input_value("#conversation")
    page.keyboard.press("P")
    expect(page.locator("html")).to_have_attribute("data-theme", "projector")
    expect(page.locator("#present-address b")).to_have_text(
        re.compile(r"^http://127\.0\.0\.1:\d+/\?example=tools$")
    )
    expect(page.locator("#present-address")).to_contain_text("opens on this computer only")
    expect(page.locator(".present-code svg")).to_be_visible()
    for folded in ("#form", "#inspector", ".foot", "#open-share"):
        expect(page.locator(folded)).to_be_hidden()
    assert (
        page.locator("#tokens p.tokens").first.evaluate("(one) => getComputedStyle(one).fontSize") == "22px"
    )
    assert page.locator("#verdict").evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)") >= 36
    assert "present=1" in page.url
    page.click("#ask-form")
    expect(page.locator("#conversation")).to_have_value(typed)
    page.click("#ask-details")
    expect(page.locator("#inspector")).to_be_visible()
    page.locator("#verdict").click()
    page.keyboard.press("p")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("#open-share")).to_be_visible()
    assert "present" not in page.url


def test_p_in_a_field_is_a_letter_and_among_tokens_a_small_p_moves(page: Page) -> None:
    page.goto("/")
    page.fill("#tokenizer", "")
    page.locator("#tokenizer").press("P")
    expect(page.locator("#tokenizer")).to_have_value("P")
    page.goto("/")
    page.locator("#tokens b").last.click()
    page.keyboard.press("p")
    expect(page.locator("html:not([data-present])")).to_have_count(1)
    page.keyboard.press("P")
    expect(page.locator("html[data-present]")).to_have_count(1)


def test_the_large_code_opens_and_closes(page: Page) -> None:
    page.goto("/?present=1")
    page.click(".present-code")
    expect(page.locator("#present-large")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#present-large")).to_be_hidden()


def test_what_was_pasted_is_not_behind_the_address(page: Page) -> None:
    page.goto("/?present=1")
    expect(page.locator("#present-address .present-apart")).to_be_hidden()
    page.click("#ask-form")
    page.check("input[value=full]")
    expect(page.locator("#verdict")).to_contain_text("35 of 36")
    expect(page.locator("#present-address .present-apart")).to_be_visible()


def test_a_lesson_is_stepped_to_its_end_and_back(page: Page) -> None:
    page.goto("/lessons/masking")
    page.keyboard.press("P")
    expect(page.locator("html[data-present]")).to_have_count(1)
    for number in range(1, STEPS):
        at_step(page, number)
        page.keyboard.press("Space" if number % 2 else "ArrowRight")
    at_step(page, STEPS)
    assert f"step={STEPS}" in page.url
    assert "present=1" in page.url
    expect(page.locator("#present-address b")).to_contain_text(f"/lessons/masking?step={STEPS}")
    page.keyboard.press("Space")
    for number in range(STEPS, 1, -1):
        at_step(page, number)
        page.keyboard.press("ArrowLeft")
    at_step(page, 1)
    page.keyboard.press("P")
    expect(page.locator("html:not([data-present])")).to_have_count(1)
    assert "present" not in page.url


def test_the_progress_takes_keys_and_the_pointer(page: Page) -> None:
    page.goto("/lessons/masking?present=1")
    page.focus("#present-range")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#present-told")).to_contain_text(LESSONS["masking"].steps[2].heading)
    at_step(page, 3)
    expect(page.locator("#present-range")).to_be_focused()
    assert "#" not in page.url
    page.keyboard.press("Space")
    at_step(page, 4)
    box = page.locator("#present-range").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, middle, steps=4)
    page.mouse.up()
    at_step(page, STEPS)


STYLES = """() => [...new Set([...document.querySelectorAll("#tokens b")].map((token) => {
  const {backgroundColor, color, boxShadow, textDecorationLine} = getComputedStyle(token);
  return [backgroundColor, color, boxShadow, textDecorationLine].join();
}))]"""
PLACES = """(name) => [...document.querySelectorAll("#tokens b")]
  .flatMap((token, i) => (token.classList.contains(name) ? [i] : []))"""
SHAPES = """() => [...document.querySelectorAll(".top-menu > *")].map((one) => {
  const {fontSize, borderTopColor, color, backgroundColor} = getComputedStyle(one);
  return [fontSize, borderTopColor, color, backgroundColor, one.offsetHeight].join();
})"""


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


def test_notes_follow_and_lead(page: Page) -> None:
    page.goto("/lessons/masking?step=2&present=1")
    with page.expect_popup() as opened:
        page.click("#open-notes")
    notes = opened.value
    at_step(notes, 2)
    page.locator("#step-title").click()
    page.keyboard.press("ArrowRight")
    at_step(page, 3)
    at_step(notes, 3)
    expect(notes.locator("h1")).to_have_text(LESSONS["masking"].steps[2].heading)
    notes.keyboard.press("Space")
    at_step(notes, 4)
    at_step(page, 4)
    assert "present=1" in page.url
    notes.keyboard.press("ArrowLeft")
    at_step(page, 3)


def test_notes_opened_late_come_to_the_lesson_and_lessons_leave_each_other_alone(page: Page) -> None:
    page.goto("/lessons/masking?step=4&present=1")
    at_step(page, 4)
    notes, other = page.context.new_page(), page.context.new_page()
    notes.goto("/lessons/masking/notes?step=1")
    at_step(notes, 4)
    other.goto("/lessons/where-it-starts?step=2")
    at_step(other, 2)
    at_step(notes, 4)
    other.goto("/lessons/masking?step=2")
    at_step(notes, 2)
    at_step(page, 4)


def test_notes_work_alone(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/lessons/masking/notes?step=1")
    page.click("#step-next")
    expect(page.locator("h1")).to_have_text(LESSONS["masking"].steps[1].heading)
    context.close()


def test_presenting_without_scripts(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/lessons/masking?present=1")
    expect(page.locator("#present-address")).to_be_visible()
    expect(page.locator("#predict-start")).to_be_hidden()
    page.fill("#present-range", "3")
    page.click(".present-steps button")
    expect(page.locator("body")).to_have_attribute("data-step", "3")
    expect(page.locator("html[data-present]")).to_have_count(1)
    context.close()


@pytest.mark.parametrize("address", ["/?present=1", "/lessons/masking?step=4&present=1"])
def test_accessible(page: Page, address: str) -> None:
    for theme in ("", "&theme=dark"):
        page.goto(address + theme)
        for button in (None, "#predict-start", "#predict-reveal"):
            if button:
                page.click(button)
            assert found(page, "unnamed()") == []
            assert found(page, "doubleIds()") == []
            assert found(page, "smallTargets(24)") == []
            assert found(page, "faint(4.5)") == []


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
