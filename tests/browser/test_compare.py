"""Two analyses side by side in Chromium: what is marked, keys, the way there and back, every layout."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lossmask.core.example import MASKED
from lossmask.settings import Settings
from playwright.sync_api import Browser, Page, expect

from tests.browser.checks import assert_accessible
from tests.browser.server import running_server
from tests.labels import analysed
from tests.shared import require_shared

TYPED = "User: hi\n\nAssistant: hello there\n\nUser: and then?\n\nAssistant: nothing much"
TALK = [
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": "hello there"},
    {"role": "user", "content": "and then?"},
    {"role": "assistant", "content": "nothing much"},
]
REAL = "local:Qwen__Qwen2.5-7B-Instruct"

MARKED = """(side) => {
  const tokens = [...document.querySelectorAll(`.half-${side} .tokens b`)];
  return tokens.flatMap((token, position) => {
    const mark = token.closest(".diff");
    return mark ? [[position, mark.classList.contains("only-a") ? "a" : "b"]] : [];
  });
}"""


@pytest.fixture(scope="module")
def real_server() -> Iterator[str]:
    """A server that offers the shared tokenizers, with time to load them on a busy machine."""
    tokenizers = str(require_shared("tokenizers"))
    time = {"LOSSMASK_JOB_SECONDS": "60", "LOSSMASK_LOAD_SECONDS": "120"}
    with running_server({"LOSSMASK_TOKENIZERS": tokenizers, **time}) as address:
        yield address


def labels(strategy: str) -> list[int]:
    """What the rule labels of the talk, without a page."""
    settings = Settings({"LOSSMASK_TOKENIZERS": str(require_shared("tokenizers"))})
    made = analysed(TALK, strategy=strategy, tokenizer=REAL, settings=settings)
    return made.examples[0].example.labels.tolist()


@pytest.mark.parity
@pytest.mark.parametrize(("a", "b"), [("trl-full", "assistant-turns"), ("assistant-turns", "openai-weights")])
def test_two_strategies_on_a_real_tokenizer(browser: Browser, real_server: str, a: str, b: str) -> None:
    context = browser.new_context(base_url=real_server, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto("/")
    page.fill("#conversation", TYPED)
    page.fill("#tokenizer", REAL)
    page.select_option("#template", "own")
    if not page.locator(f"input[name=strategy][value={a}]").is_visible():
        page.click(".frameworks > summary")
    page.check(f"input[name=strategy][value={a}]")
    expect(page.locator("#tokens")).to_contain_text("<|im_end|>", timeout=60_000)
    page.click("button[formaction='/compare']")
    expect(page.locator("#verdict")).to_contain_text("No token differs", timeout=60_000)
    page.select_option("#f-strategy", b)
    expect(page.locator(".settings .unlike")).to_contain_text("Masking rule", timeout=60_000)
    here, there = labels(a), labels(b)
    expected = [
        [position, "b" if one == MASKED else "a"]
        for position, (one, other) in enumerate(zip(here, there, strict=True))
        if one != other
    ]
    assert page.evaluate(MARKED, "a") == expected
    assert page.evaluate(MARKED, "b") == expected
    verdict = f"{len(expected)} tokens differ" if expected else "No token differs"
    expect(page.locator("#verdict")).to_contain_text(verdict)
    assert (a, b) != ("trl-full", "assistant-turns") or len(expected) > 10
    context.close()


@pytest.mark.parity
def test_two_real_tokenizers_show_both_ids_and_pieces(browser: Browser, real_server: str) -> None:
    context = browser.new_context(base_url=real_server, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto("/compare")
    page.click("#change-side > summary")
    page.fill("#f-tokenizer", REAL)
    page.click("#change-side .main-button")
    expect(page.locator(".settings .unlike").first).to_contain_text("Tokenizer", timeout=60_000)
    row = page.locator("[data-listed]").first
    assert row.locator("td").nth(1).locator("code").count() >= 2
    assert row.locator("td").nth(2).locator("code").count() >= 2
    expect(page.locator(".compare-list")).to_have_count(2)
    text = page.locator(".half-b .tokens").all_inner_texts()
    assert "pancakes" in "".join(text).replace("·", " ")
    context.close()


def test_there_with_the_input_and_back(page: Page) -> None:
    page.goto("/")
    page.fill("#conversation", TYPED)
    page.click("button[formaction='/compare']")
    page.wait_for_load_state()  # The page is there before its scripts listen.
    expect(page.locator("#verdict")).to_contain_text("No token differs")
    assert page.locator(".diff").count() == 0
    page.select_option("#f-strategy", "full")
    expect(page.locator(".diff").first).to_be_attached()
    expect(page.locator("#f-strategy")).to_be_focused()
    page.click("button:has-text('Swap')")
    expect(page.locator(".chips")).to_contain_text("trained in A, masked in B")
    page.click("button:has-text('Change A')")
    expect(page.locator("#f-strategy")).to_have_attribute("name", "a.strategy")
    page.click("button:has-text('Open A')")
    expect(page.locator("#tokens")).to_be_visible()
    assert page.input_value("#conversation") == TYPED
    assert page.locator("input[name=strategy]:checked").input_value() == "full"


def test_buttons_and_keys_go_from_difference_to_difference(page: Page) -> None:
    page.goto("/compare")
    page.click("#next-difference")
    expect(page.locator("#a-1")).to_be_focused()
    page.keyboard.press("n")
    expect(page.locator("#a-2")).to_be_focused()
    expect(page.locator("#where-difference")).to_have_text("2 of 2")
    expect(page.locator("#now-difference")).to_contain_text("masked in A, trained in B")
    expect(page.locator("#announce")).to_contain_text("Difference 2 of 2")
    assert set(page.locator(".now").evaluate_all("all => all.map((one) => one.dataset.difference)")) == {"2"}
    page.keyboard.press("n")
    expect(page.locator("#a-1")).to_be_focused()
    page.keyboard.press("p")
    expect(page.locator("#a-2")).to_be_focused()
    page.click("[data-listed='1'] [data-jump]")
    expect(page.locator("#where-difference")).to_have_text("1 of 2")


def test_letters_typed_into_a_field_go_nowhere(page: Page) -> None:
    page.goto("/compare")
    page.click("#change-side > summary")
    page.focus("#f-tokenizer")
    page.keyboard.press("n")
    assert page.input_value("#f-tokenizer") == "nbundled"
    assert page.locator(".now").count() == 0


def test_a_mark_takes_no_room(page: Page) -> None:
    page.goto("/compare?example=tools")
    measure = """() => [...document.querySelectorAll(".half .tokens b")].map((token) => {
      const {x, y, width} = token.getBoundingClientRect();
      return [x, y + scrollY, width].map(Math.round).join();
    })"""
    marked = page.evaluate(measure)
    page.locator(".diff > .unseen").evaluate_all("(all) => all.forEach((one) => one.remove())")
    unmark = "(marks) => marks.forEach((mark) => mark.replaceWith(...mark.childNodes))"
    page.locator(".diff").evaluate_all(unmark)
    assert len(marked) > 100
    assert page.evaluate(measure) == marked


def test_marks_are_told_apart_by_shape_and_letter(page: Page) -> None:
    page.goto("/compare")
    page.click("#change-side > summary")
    page.select_option("#f-template", "bundled:chatml")
    expect(page.locator(".half-a .only-a").first).to_be_attached()
    style = """(selector) => {
      const mark = document.querySelector(selector);
      const token = getComputedStyle(mark.querySelector("b"));
      return [getComputedStyle(mark).outlineStyle, token.backgroundImage.match(/\\d+deg/)[0],
        getComputedStyle(mark, "::before").content[1]];
    }"""
    assert page.evaluate(style, ".half-a .only-a[id]") == ["solid", "45deg", "A"]
    assert page.evaluate(style, ".half-b .only-b[id]") == ["dotted", "135deg", "B"]
    trained = page.locator(".half-b .only-b b.t").first
    assert "135deg" in trained.evaluate("(token) => getComputedStyle(token).backgroundImage")


def test_a_line_of_the_template_leads_to_its_tokens(page: Page) -> None:
    page.goto("/compare")
    page.click("#change-side > summary")
    page.select_option("#f-template", "bundled:chatml")
    link = page.locator("[id^=source-b-] + td [data-jump]").first
    number = link.inner_text()
    link.click()
    expect(page.locator("#where-difference")).to_contain_text(f"{number} of")
    lead = page.locator("[data-listed] a[href^='#source-b-']").first
    target = (lead.get_attribute("href") or "")[1:]
    expect(page.locator(f"[id='{target}']")).to_have_count(1)


def test_a_fault_is_told_and_the_fields_stay(page: Page) -> None:
    page.goto("/compare")
    page.click("#change-side > summary")
    page.fill("#f-tokenizer", "local:nowhere")
    page.click("#change-side .main-button")
    expect(page.locator("#errors .failure")).to_be_focused()
    expect(page.locator("#errors .failure")).to_contain_text("B: ")
    assert page.input_value("#f-tokenizer") == "local:nowhere"
    page.fill("#f-tokenizer", "bundled")
    page.click("#change-side .main-button")
    expect(page.locator("#errors .failure")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("template", ["bundled:llama-3", "bundled:chatml"])
def test_themes(page: Page, theme: str, template: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/compare?theme={theme}")
    page.click("#change-side > summary")
    if template != "bundled:llama-3":
        page.select_option("#f-template", template)
        expect(page.locator(".compare-lines")).to_have_count(2)
    expect(page.locator("#result.dim")).to_have_count(0)
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert_accessible(page)


def test_a_phone_shows_one_side_at_a_time(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/compare")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator(".half-b").first).to_be_hidden()
    page.check("#shown-b", force=True)
    expect(page.locator(".half-a").first).to_be_hidden()
    page.click("#next-difference")
    expect(page.locator("#b-1")).to_be_focused()
    context.close()


def test_without_scripts(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.fill("#conversation", TYPED)
    page.click("button[formaction='/compare']")
    page.select_option("#f-strategy", "full")
    page.click("#change-side .main-button")
    expect(page.locator(".diff").first).to_be_attached()
    page.click("[data-listed='1'] [data-jump]")
    assert page.url.endswith("-1")
    context.close()
