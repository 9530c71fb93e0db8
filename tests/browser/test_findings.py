"""Findings in Chromium: links that pin, amber marks, the key of the next warning."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_findings_lead_to_their_tokens(page: Page) -> None:
    page.goto("/")
    page.click(".frameworks > summary")
    page.check('input[value="hf-causal-lm-collator"]')
    rule = page.locator('.strategy:has(input[value="hf-causal-lm-collator"])')
    rule.locator(".options > summary").first.click()
    rule.locator('[name$=".pad_token"]').fill("<|eot_id|>")
    page.keyboard.press("Control+Enter")
    finding = page.locator(".findings .error")
    expect(finding).to_contain_text("LM204")
    expect(page.locator("#verdict")).to_contain_text("never learns to stop")
    assert page.locator("#tokens b.w").count() == finding.locator("a").count()
    finding.locator("a").first.click()
    expect(page.locator("#tokens b.here")).to_have_class(re.compile(r"\bw\b"))
    expect(page.locator("#inspector .finding")).to_contain_text("LM204")
    shown = page.inner_text("#inspector-title")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("w")
    assert page.inner_text("#inspector-title") == shown
