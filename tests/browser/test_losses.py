"""Losses on the page: asked for by a button, polled, drawn, and why there are none."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect


def choose(page: Page, kind: str) -> None:
    page.goto("/")
    expect(page.locator("#tokens")).to_be_visible()
    page.locator("#losses-field > summary").click()
    page.locator(f'input[name="losses"][value="{kind}"]').check()


def test_pasted_losses_colour_the_tokens(page: Page) -> None:
    choose(page, "pasted")
    tokens = page.locator("#tokens .t").count()
    page.fill("#loss_values", json.dumps([None, *([1.5] * (tokens - 1))]))
    page.click("#find-losses")
    expect(page.locator("#lens-loss")).to_be_checked()
    expect(page.locator("#losses-label")).to_have_text("pasted")
    expect(page.locator("#losses-state")).to_be_empty()
    expect(page.locator("#stale")).to_be_hidden()


def test_a_fault_is_told_and_the_result_stays(page: Page) -> None:
    choose(page, "model")
    page.fill("#loss_model", "local:absent")
    page.click("#find-losses")
    failure = page.locator("#errors .failure")
    expect(failure).to_contain_text("The model cannot be used")
    expect(page.locator("#losses-state")).to_be_empty()
    expect(page.locator("#tokens")).to_be_visible()
