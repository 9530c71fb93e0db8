"""The page as a plain form."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.failing import LONG


@pytest.fixture
def context_options() -> dict[str, object]:
    return {"viewport": {"width": 1440, "height": 900}, "java_script_enabled": False}


def test_the_form_works(page: Page) -> None:
    page.goto("/")
    page.fill("#conversation", "User: hi\nAssistant: hello")
    page.check("input[value=full]")
    page.click("#analyse")
    expect(page.locator("#verdict")).to_contain_text("tokens train")
    expect(page.locator(".banner")).to_be_visible()
    assert page.input_value("#conversation") == "User: hi\nAssistant: hello"


def test_views_switch_and_the_table_is_there(page: Page) -> None:
    page.goto("/")
    page.click("label[for=view-table]")
    expect(page.locator(".panel-text")).to_be_hidden()
    rows = page.locator(".panel-table tbody tr")
    assert rows.count() == page.locator("#tokens b").count()
    expect(rows.first).to_be_visible()
    page.click("#analyse")
    expect(page.locator(".panel-table")).to_be_visible()


def test_the_theme_goes_with_the_form(page: Page) -> None:
    page.goto("/")
    page.locator("input[name=theme][value=dark]").check(force=True)
    page.click("#analyse")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_rows_are_stepped_through(page: Page) -> None:
    page.goto("/?example=none")
    page.fill("#conversation", '{"prompt": "one", "completion": "1"}\n{"prompt": "two", "completion": "2"}')
    page.click("#analyse")
    page.click("[aria-label='Next row']")
    expect(page.locator("#tokens")).to_contain_text("two")
    # Enter in a field sends the form as it is, and steps no row.
    page.press("#tokenizer", "Enter")
    expect(page.locator("#tokens")).to_contain_text("two")


def test_an_error_keeps_the_text(page: Page) -> None:
    page.goto("/")
    page.fill("#conversation", "[{]")
    page.click("#analyse")
    expect(page.locator(".failure")).to_be_visible()
    assert page.input_value("#conversation") == "[{]"


def test_a_finding_on_another_page_of_tokens_is_reached(page: Page) -> None:
    page.goto("/")
    page.fill("#conversation", json.dumps(LONG))
    page.click(".frameworks > summary")
    page.check("input[value=hf-causal-lm-collator]")
    rule = page.locator('.strategy:has(input[value="hf-causal-lm-collator"])')
    rule.locator(".options > summary").first.click()
    rule.locator('[name$=".pad_token"]').fill("<|eot_id|>")
    page.click("#analyse")
    page.locator(".findings .leap").first.click()
    expect(page.locator("#tokens b:focus")).to_be_in_viewport()
    expect(page.locator("#tokens b:focus")).to_have_class(re.compile(r"\bw\b"))
