"""Presenting in Chromium: key P, steps, the progress, notes, and without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.checks import assert_accessible
from tests.browser.presenting import LESSONS, STEPS, at_step


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


def test_of_two_windows_of_a_lesson_notes_follow_the_one_that_went_on_last(page: Page) -> None:
    page.goto("/lessons/masking?step=4&present=1")
    at_step(page, 4)
    notes, other = page.context.new_page(), page.context.new_page()
    notes.goto("/lessons/masking/notes?step=1")
    at_step(notes, 4)
    other.goto("/lessons/masking?step=2")
    at_step(notes, 2)
    at_step(page, 4)
    went: list[str] = []
    notes.on("framenavigated", lambda frame: went.append(frame.url))
    notes.reload()
    at_step(notes, 2)
    # Time enough for the window that was left behind to have its say.
    notes.wait_for_timeout(500)
    assert [address.partition("?")[2] for address in went] == ["step=2"]
    page.keyboard.press("ArrowRight")
    at_step(page, 5)
    at_step(notes, 5)
    at_step(other, 2)


NOTHING_KEPT = """Object.defineProperty(window, "sessionStorage", {
    get() { throw new DOMException("The operation is insecure.", "SecurityError"); }
})"""


def test_notes_follow_in_a_browser_that_keeps_nothing(page: Page) -> None:
    page.context.add_init_script(NOTHING_KEPT)
    page.goto("/lessons/masking?step=4&present=1")
    at_step(page, 4)
    notes = page.context.new_page()
    notes.goto("/lessons/masking/notes?step=1")
    at_step(notes, 4)
    page.keyboard.press("ArrowRight")
    at_step(notes, 5)


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
            # The verdict is a main heading, and hidden until the prediction is scored.
            assert_accessible(page, main_headings=(0, 1))
