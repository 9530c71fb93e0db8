"""Findings in Chromium: links that pin, amber marks, other pages, the key of the next warning."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.failing import LONG, TALK, show


def contrast(one: str, other: str) -> float:
    """Of two opaque colours as a browser computes them, `rgb(1, 2, 3)`."""
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _light(colour: str) -> float:
    shares = [int(part) / 255 for part in re.findall(r"\d+", colour)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


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


def test_the_strip_marks_findings_without_covering_a_state(page: Page) -> None:
    show(page, TALK)
    boxes = "(selector) => [...document.querySelectorAll(selector)].map((one) => one.getBoundingClientRect())"
    states = page.evaluate(f"({boxes})('#strip rect').map(({{bottom}}) => bottom)")
    marks = page.evaluate(f"({boxes})('#strip .mark, #strip .sign path').map(({{top}}) => top)")
    assert len(marks) >= 4
    assert max(states) <= min(marks)


def test_errors_and_warnings_differ_in_shape_on_the_strip(page: Page) -> None:
    show(page, TALK)
    shape = "(one) => [getComputedStyle(one).strokeDasharray, one.getAttribute('d').includes('z')]"
    dashed, _ = page.locator("#strip .mark.warning").first.evaluate(shape)
    whole, _ = page.locator("#strip .mark.error").first.evaluate(shape)
    assert (dashed, whole) == ("3px, 2px", "none")
    _, triangle = page.locator("#strip .sign.warning path").first.evaluate(shape)
    _, cross = page.locator("#strip .sign.error path").first.evaluate(shape)
    assert (triangle, cross) == (True, False)


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_marks_stand_out_from_the_page(page: Page, theme: str) -> None:
    show(page, TALK, theme)
    colours = page.locator("#strip .mark").first.evaluate(
        "(one) => [getComputedStyle(one).stroke, getComputedStyle(document.documentElement).backgroundColor]"
    )
    assert contrast(*colours) >= 3


def test_every_place_and_chip_leads_to_a_marked_token(page: Page) -> None:
    show(page, TALK)
    links = page.locator(".findings .places a, .chips a")
    assert links.count() >= 5
    for link in links.all():
        link.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#tokens b.here:focus")).to_have_class(re.compile(r"\bw\b"))
        expect(page.locator("#inspector .finding").first).to_be_visible()


def test_a_finding_on_another_page_of_tokens_is_reached(page: Page) -> None:
    show(page, LONG)
    page.click("label[for=view-table]")
    leap = page.locator(".findings .leap").first
    assert int(leap.get_attribute("value").partition(":")[2]) > 32_000
    leap.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tokens b.here:focus")).to_have_class(re.compile(r"\bw\b"))
    expect(page.locator(".tabs .pager")).to_contain_text("Tokens 32,000")
    expect(page.locator(".findings .leap")).to_have_count(0)
    expect(page.locator("#inspector .finding").first).to_contain_text("LM204")
    assert page.locator("[autofocus]").count() == 0


def test_the_strip_reaches_another_page_of_tokens(page: Page) -> None:
    show(page, LONG)
    box = page.locator("#strip").bounding_box()
    assert box is not None
    page.locator("#strip").click(position={"x": box["width"] - 2, "y": 5})
    expect(page.locator("#tokens b.here:focus")).to_be_visible()
    expect(page.locator(".tabs .pager")).to_contain_text("Tokens 32,000")


def test_each_cell_of_the_turns_leads_to_its_tokens(page: Page) -> None:
    page.goto("/?example=tools")
    page.click(".turn-table > summary")
    cells = page.locator(".turn-table td a")
    assert cells.count() > 5
    for cell in cells.all()[:8]:
        cell.click()
        wanted = int(cell.get_attribute("data-go"))
        expect(page.locator("#inspector-title")).to_contain_text(f"Position {wanted} of")
