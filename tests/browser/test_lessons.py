"""Lessons in Chromium: by keyboard, with tokens pointed at, narrow, printed, without scripts, and made."""

from __future__ import annotations

import pytest
from lossmask.lessons.format import read_lesson
from lossmask.lessons.registry import bundled_lessons
from playwright.sync_api import Browser, Page, expect

from tests.browser.checks import assert_accessible

LESSONS = {lesson.name: lesson for lesson in bundled_lessons()}
OUTLINED = """[...document.querySelectorAll("#tokens b")]
    .flatMap((one, place) => one.classList.contains("p") ? [place] : [])"""


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_stepped_through_by_keyboard(page: Page, name: str) -> None:
    """The fixture fails the test where the console has an error."""
    page.goto(f"/lessons/{name}")
    steps = LESSONS[name].steps
    for number, step in enumerate(steps, start=1):
        expect(page.locator(f".scripted body[data-step='{number}']")).to_be_attached()
        expect(page.locator("#step-title")).to_have_text(step.heading)
        places = [int(at) for at in (page.get_attribute("#result", "data-pointed") or "").split(",") if at]
        assert bool(places) == bool(step.points)
        assert page.evaluate(OUTLINED) == sorted(set(places))
        assert page.locator(".lesson-doubt").count() == 0
        # The words, the question and the way on fit the screen.
        assert page.locator(".lesson-step").evaluate("(one) => one.scrollHeight - one.clientHeight") <= 0
        page.keyboard.press("ArrowRight" if number % 2 else "Space")
    expect(page.locator("body")).to_have_attribute("data-step", str(len(steps)))
    page.keyboard.press("ArrowLeft")
    expect(page.locator("body")).to_have_attribute("data-step", str(len(steps) - 1))


def test_keys_in_fields_and_among_tokens_do_not_step(page: Page) -> None:
    page.goto("/lessons/masking?step=4")
    page.locator(".lesson-question [type=radio]").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.locator("#tokens b.p").first.click()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#inspector-title")).to_contain_text("Position 37 ")
    expect(page.locator("body")).to_have_attribute("data-step", "4")


def test_the_token_pointed_at_is_explained_without_a_click(page: Page) -> None:
    page.goto("/lessons/when-to-stop?step=2")
    at = page.get_attribute("#result", "data-pointed")
    expect(page.locator("#inspector-title")).to_contain_text(f"Position {at} ")
    expect(page.locator(".why")).to_contain_text("Masked.")


def test_the_shift_is_around_the_token_pointed_at(page: Page) -> None:
    page.goto("/lessons/where-it-starts?step=3")
    at = page.get_attribute("#result", "data-pointed")
    expect(page.locator("#shift-row [aria-current]")).to_have_attribute("value", f"0:{at}")
    page.keyboard.press("ArrowRight")
    expect(page.locator("body")).to_have_attribute("data-step", "4")


def test_a_question_is_checked_and_blocks_nothing(page: Page) -> None:
    page.goto("/lessons/one-string?step=2&theme=dark")
    page.locator(".lesson-question [type=radio]").nth(2).check()
    page.click(".lesson-question button")
    expect(page.locator(".lesson-question [role=status]")).to_contain_text("Right.")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.click("#step-next")
    expect(page.locator("body")).to_have_attribute("data-step", "3")


def test_a_theme_goes_along(page: Page) -> None:
    page.goto("/lessons/masking")
    page.locator("input[name=theme][value=projector]").check(force=True)
    page.click("#step-next")
    expect(page.locator("html")).to_have_attribute("data-theme", "projector")
    page.click("text=Open in the editor")
    expect(page.locator("html")).to_have_attribute("data-theme", "projector")
    expect(page.locator("#view-labels")).to_be_checked()


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("address", ["/lessons", "/lessons/one-string?step=2&answer=1", "/lessons/make"])
def test_accessible(page: Page, theme: str, address: str) -> None:
    page.goto(f"{address}{'&' if '?' in address else '?'}theme={theme}")
    assert_accessible(page)


@pytest.mark.parametrize("name", ["masking", "where-it-starts", "thinking-and-tools"])
def test_a_phone_scrolls_down_only(browser: Browser, server: str, name: str) -> None:
    context = browser.new_context(base_url=server, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    for number in range(1, len(LESSONS[name].steps) + 1):
        page.goto(f"/lessons/{name}?step={number}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("scrollY") == 0
        expect(page.locator("#step-title")).to_be_in_viewport()
    page.goto(f"/lessons/{name}?step=2")
    page.locator("#step-next").tap()
    expect(page.locator("body")).to_have_attribute("data-step", "3")
    context.close()


def test_in_print_there_are_words_and_outlined_tokens(page: Page) -> None:
    page.goto("/lessons/masking?step=4")
    page.emulate_media(media="print")
    for shown in (".lesson-text", "#tokens b.p >> nth=0", "#verdict", ".lesson-question"):
        expect(page.locator(shown)).to_be_visible()
    for hidden in (".lesson-progress", ".lesson-move", ".side", ".foot", "#editor"):
        expect(page.locator(hidden)).to_be_hidden()
    style = page.locator("#tokens b.p").first.evaluate("(one) => getComputedStyle(one).outlineStyle")
    assert style in ("double", "solid")


def test_without_scripts(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/lessons")
    page.click("text=Where the answer starts")
    page.click("#step-next")
    expect(page.locator("#tokens b.p")).to_have_count(2)
    page.click("#step-next")
    expect(page.locator(".panel-shift")).to_be_visible()
    page.goto("/lessons/one-string?step=2")
    page.locator(".lesson-question [type=radio]").nth(0).check()
    page.click(".lesson-question button")
    expect(page.locator(".lesson-question")).to_contain_text("Not so.")
    page.click("text=Open in the editor")
    expect(page.locator("#verdict")).to_contain_text("tokens train")
    context.close()


def test_a_lesson_is_made_out_of_states(page: Page) -> None:
    page.goto("/")
    page.locator("#tokens b.t").first.click()
    page.click("#add-to-lesson")
    expect(page.locator("#add-to-lesson")).to_contain_text("step 1 kept, 1 pointed at")
    page.locator("#tokens b.t").nth(3).click()
    page.click("#add-to-lesson")
    expect(page.locator("#add-to-lesson")).to_contain_text("step 1 kept, 2 pointed at")
    page.check("input[value=full]")
    expect(page.locator("#verdict")).to_contain_text("35 of 36")
    page.click("#add-to-lesson")
    expect(page.locator("#add-to-lesson")).to_contain_text("step 2 kept")
    page.goto("/lessons/make")
    page.fill("#make-title", "Mine")
    page.fill("#make-summary", "A test.")
    for number, heading in enumerate(["First", "Second"]):
        page.locator("[data-field=heading]").nth(number).fill(heading)
        page.locator("[data-field=text]").nth(number).fill("Here {trained} train.")
    page.locator("[data-do=down]").first.click()
    page.locator("[data-do=unpoint]").last.click()
    page.reload()
    with page.expect_download() as download:
        page.click("#make-export")
    assert download.value.suggested_filename == "mine.md"
    lesson = read_lesson(download.value.path().read_text(encoding="utf-8"), "mine.md")
    assert [step.heading for step in lesson.steps] == ["Second", "First"]
    assert [len(step.points) for step in lesson.steps] == [0, 1]
    assert lesson.steps[0].request().strategy.name == "full"
    page.click("#make-clear")
    expect(page.locator("#make-none")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0


def test_a_link_becomes_a_step(page: Page) -> None:
    page.goto("/")
    page.click("#open-share")
    expect(page.locator("#share-link")).not_to_have_value("")
    link = page.input_value("#share-link")
    page.goto("/lessons/make")
    page.fill("#make-link", link)
    page.click("#make-add")
    expect(page.locator(".make-steps li")).to_have_count(1)
    page.fill("#make-link", "nonsense")
    page.click("#make-add")
    expect(page.locator("#make-told")).to_contain_text("damaged")
    expect(page.locator(".make-steps li")).to_have_count(1)
