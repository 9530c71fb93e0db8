"""What a checker of accessibility looks for: names, headings, landmarks, contrast, in every theme."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import assert_accessible, found
from tests.browser.failing import TALK, show


def check(page: Page) -> None:
    """Every check on the page as it stands."""
    assert_accessible(page)
    for landmark in ("header", "main", "aside", "footer"):
        assert page.locator(f"body > {landmark}").count() == 1


def test_the_checks_find_what_they_should(page: Page) -> None:
    page.goto("/")
    page.evaluate(
        """() => {
          const bad = document.createElement("div");
          bad.innerHTML = `<button id="form"></button><label for="nowhere">x</label>
            <p class="faint">hardly to be read</p>`;
          document.querySelector("#result").append(bad);
          bad.querySelector(".faint").style.color = "rgb(128 128 128 / 50%)";
          bad.querySelector("button").style.height = "10px";
        }"""
    )
    assert len(found(page, "unnamed()")) == 1
    assert found(page, "dangling()") == ["nowhere"]
    assert found(page, "doubleIds()") == ["form"]
    assert len(found(page, "smallTargets(24)")) == 1
    assert [text for _, text, _ in found(page, "faint(4.5)")] == ["hardly to be read"]


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("example", ["chat", "tools", "none"])
def test_themes_and_examples(page: Page, theme: str, example: str) -> None:
    page.goto(f"/?example={example}&theme={theme}")
    check(page)


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_banner_failure_and_open_folds(page: Page, theme: str) -> None:
    page.goto(f"/?theme={theme}")
    page.check("input[value=full]")
    expect(page.locator(".banner")).to_be_visible()
    page.click(".boundaries summary")
    page.click("#arguments-field summary")
    page.click(".strategy:has(> label input:checked) .options summary")
    page.fill("#conversation", "[{]")
    expect(page.locator(".failure")).to_be_visible()
    check(page)


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_a_list_of_errors_with_everything_unfolded(page: Page, theme: str) -> None:
    show(page, TALK, theme)
    for summary in page.locator(".findings summary, .turn-table summary, .boundaries summary").all():
        summary.click()
    check(page)


@pytest.mark.parametrize("view", ["table", "raw", "labels"])
def test_views(page: Page, view: str) -> None:
    page.goto("/")
    page.click(f"label[for=view-{view}]")
    check(page)


def test_each_turn_is_named_by_a_sentence(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("region", name="assistant, 17 tokens, 13 trained")).to_have_count(1)


def test_states_keep_their_shapes_in_forced_colours(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    page.goto("/")
    width = "getComputedStyle(document.querySelector('#tokens b.t')).borderBottomWidth"
    assert page.evaluate(width) == "3px"


def test_print_shows_the_text_alone(page: Page) -> None:
    page.goto("/")
    page.emulate_media(media="print")
    expect(page.locator("#form")).to_be_hidden()
    expect(page.locator("#tokens")).to_be_visible()
