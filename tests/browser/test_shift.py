"""The Shift view in Chromium: script and server draw the same; keys, the shared token, phone, paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from lossmask.core.analysis import Analysis
from lossmask.web.views import result
from playwright.sync_api import Browser, Page, expect

from tests.browser.by_hand import serve
from tests.browser.test_accessibility import check
from tests.labels import analysed
from tests.web.losses import with_losses

ALL = "Number(document.getElementById('shift').dataset.drawable)"

DIFFERENT = """async ([address, positions]) => {
  // Spaces between tags differ, and only who was asked for has the focus.
  const plain = (shift) => {
    const copy = shift.cloneNode(true);
    for (const one of copy.querySelectorAll("[autofocus]")) one.removeAttribute("autofocus");
    const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) if (!text.data.trim() && text.data.includes("\\n")) text.remove();
    copy.normalize();
    return copy;
  };
  const found = [];
  for (const position of positions) {
    const text = await (await fetch(`${address}view=shift&pin=${position}`)).text();
    const served = new DOMParser().parseFromString(text, "text/html").getElementById("shift");
    document.querySelector(`#shift [data-move=next]`).value = `0:${position}`;
    document.querySelector(`#shift [data-move=next]`).disabled = false;
    document.querySelector(`#shift [data-move=next]`).click();
    for (const id of ["shift-row", "shift-sentence", "shift-context", "shift-moves"]) {
      const [own, theirs] = [document.getElementById(id), served.querySelector(`#${id}`)].map(plain);
      if (!own.isEqualNode(theirs)) found.push([position, own.outerHTML, theirs.outerHTML]);
    }
  }
  return found;
}"""


def differences(page: Page, query: str = "", each: int = 1) -> list[Any]:
    """Where the script draws something else than the server: at one of `each`, and at all of the end."""
    page.goto(f"/?view=shift&{query}")
    count = page.evaluate(ALL)
    assert count > 5
    found: list[Any] = page.evaluate(
        DIFFERENT, [f"/?{query}&", [*range(0, count - 5, each), *range(count - 5, count)]]
    )
    return found


@pytest.mark.parametrize(("example", "each"), [("chat", 1), ("tools", 9), ("thinking", 9)])
def test_script_and_server_draw_the_same(page: Page, example: str, each: int) -> None:
    assert differences(page, f"example={example}", each) == []


def with_other_labels(analysis: Analysis) -> Analysis:
    """Some labels are not the token there, and some weights are neither 0 nor 1."""
    (one,) = analysis.examples
    labels, weights = one.example.labels.copy(), one.example.weights.copy()
    labels[-4], weights[-3], weights[-2] = 7, 0.25, 0
    example = replace(one.example, labels=labels, weights=weights)
    return replace(analysis, examples=(replace(one, example=example),))


ODD = (
    {"role": "user", "content": "A  `b`\n\n\tc 🥞 𐌰"},
    {"role": "assistant", "content": "🥞\n  then\u200b " + "x" * 90},
)
LLAMA = "bundled:llama-3"


def odd_analyses() -> dict[str, Analysis]:
    """Everything a sentence has a clause for beside the common ones."""
    return {
        "every token": analysed(ODD, strategy="full", chat_template=LLAMA),
        "losses": with_losses(analysed(ODD, chat_template=LLAMA)),
        "a prompt": analysed(ODD, chat_template=LLAMA, template_arguments={"add_generation_prompt": True}),
        "other labels": with_other_labels(analysed(ODD, chat_template="bundled:gemma")),
    }


@pytest.mark.parametrize("name", ["every token", "losses", "a prompt", "other labels"])
def test_script_and_server_draw_the_same_of_odd_ones(page: Page, name: str) -> None:
    serve(page, odd_analyses()[name])
    assert differences(page, each=3) == []


def test_script_and_server_draw_the_same_of_a_later_page(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result, "PAGE_TOKENS", 16)
    serve(page, with_losses(analysed(chat_template=LLAMA)))
    page.goto("/?pin=0:20")
    assert page.evaluate(DIFFERENT, ["/?", list(range(16, 32))]) == []


SENTENCE, CHOSEN = "#shift-sentence", "#shift-row [aria-current]"


def test_the_keys_step_and_the_views_share_the_token(page: Page) -> None:
    page.goto("/")
    page.locator("#tokens b.t").nth(1).click()
    page.keyboard.press("s")
    expect(page.locator("#view-shift")).to_be_checked()
    expect(page.locator(CHOSEN)).to_be_focused()
    expect(page.locator(SENTENCE)).to_contain_text("(position 24): trained.")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(SENTENCE)).to_have_text(
        "After <|end_header_id|>↵↵ (position 22) the model is asked for to (position 23): trained. "
        "It is the first word of the answer: generation starts here."
    )
    expect(page.locator("#inspector-title")).to_contain_text("Position 23")
    for key, position in (("p", 22), ("n", 23), ("Home", 0), ("ArrowLeft", 0), ("n", 22), ("End", 35)):
        page.keyboard.press(key)
        expect(page.locator(CHOSEN)).to_have_attribute("value", f"0:{position}")
        expect(page.locator(CHOSEN)).to_be_focused()
    expect(page.locator(SENTENCE)).to_contain_text("this prediction teaches to stop.")
    expect(page.locator(SENTENCE)).to_contain_text("nothing is predicted from it.")
    page.keyboard.press("s")
    expect(page.locator("#view-text")).to_be_checked()
    expect(page.locator("#tokens b.here")).to_be_focused()
    expect(page.locator("#tokens b.here")).to_have_text("<|eot_id|>")


def test_the_first_boundary_is_chosen_and_the_buttons_need_no_request(page: Page) -> None:
    page.goto("/?view=shift")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    expect(page.locator(SENTENCE)).to_contain_text("generation starts here")
    page.click("#shift-moves [data-move=next]")
    expect(page.locator("[data-move=next]")).to_be_focused()
    expect(page.locator(CHOSEN)).to_have_attribute("value", "0:24")
    page.click("#shift-row button[value='0:22']")
    expect(page.locator(CHOSEN)).to_be_focused()
    expect(page.locator(CHOSEN)).to_have_attribute("value", "0:22")
    assert "POST" not in sent


def test_the_keyboard_is_not_lost_where_a_button_has_nothing_more_to_do(page: Page) -> None:
    page.goto("/?pin=1")
    page.locator("[data-move=previous]").press("Enter")
    expect(page.locator("[data-move=previous]")).to_be_disabled()
    expect(page.locator(CHOSEN)).to_be_focused()


def test_one_voice_tells_of_a_step(page: Page) -> None:
    page.goto("/?pin=23")
    page.keyboard.press("ArrowRight")
    expect(page.locator(SENTENCE)).to_have_attribute("aria-live", "polite")
    expect(page.locator(SENTENCE)).to_contain_text("(position 24)")
    page.wait_for_timeout(600)
    assert "position 24" not in page.inner_text("#announce")
    names = [row.get_attribute("aria-label") for row in page.locator("#shift-row button").all()]
    assert "After to, position 23: b, position 24, trained." in names


def test_steps_cross_pages_of_tokens(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result, "PAGE_TOKENS", 16)
    serve(page, analysed(chat_template=LLAMA))
    page.goto("/?pin=0:15")
    expect(page.locator(CHOSEN)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(CHOSEN)).to_have_attribute("value", "0:16")
    expect(page.locator("#tokens p[data-start]").first).to_have_attribute("data-start", "16")
    expect(page.locator(CHOSEN)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(CHOSEN)).to_have_attribute("value", "0:15")


def test_a_new_result_is_drawn_anew(page: Page) -> None:
    page.goto("/?view=shift")
    page.fill("#conversation", "User: hi\nAssistant: hello")
    expect(page.locator("#reading")).to_contain_text("2 messages")
    expect(page.locator(SENTENCE)).to_contain_text("hello")
    expect(page.locator("#view-shift")).to_be_checked()


SHAPES = "[...document.querySelectorAll('#shift-row use')].map((use) => use.getAttribute('href'))"


def test_a_state_is_told_by_shape_and_by_words(page: Page) -> None:
    page.goto("/?pin=23")
    assert set(page.evaluate(SHAPES)) == {"#arrow-trained", "#arrow-masked"}
    for shape in ("trained", "masked"):
        columns = page.locator(f"#shift-row li:has(use[href='#arrow-{shape}'])")
        assert {one.strip() for one in columns.locator(".told").all_text_contents()} == {shape}
    page.emulate_media(forced_colors="active")
    drawn = "[...document.querySelectorAll('.way svg, .shift-legend svg')]"
    inks = page.evaluate(f"{drawn}.map((one) => getComputedStyle(one).color)")
    assert len(set(inks)) == 1


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("pin", [0, 23, 35])
def test_every_theme_can_be_read(page: Page, theme: str, pin: int) -> None:
    serve(page, with_losses(analysed(chat_template=LLAMA)))
    page.goto(f"/?pin={pin}&theme={theme}")
    check(page)
    assert page.locator("#shift-row li:visible").count() >= 6
    beyond = "(one) => one.scrollWidth > one.clientWidth"
    assert not page.locator(".panel-shift").evaluate(beyond)


def test_paper_has_the_chosen_view(page: Page) -> None:
    page.goto("/?view=shift")
    page.emulate_media(media="print")
    expect(page.locator("#shift-row")).to_be_visible()
    expect(page.locator("#tokens")).to_be_hidden()
    expect(page.locator("#shift-moves")).to_be_hidden()


@pytest.fixture
def phone(browser: Browser, server: str) -> Iterator[Page]:
    size: dict[str, Any] = {"width": 390, "height": 844}
    context = browser.new_context(base_url=server, viewport=size, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("theme", ["light", "projector"])
def test_on_a_phone_fewer_columns_large_enough_to_tap(phone: Page, theme: str) -> None:
    phone.goto(f"/?view=shift&theme={theme}")
    columns = phone.locator("#shift-row button:visible")
    assert 3 <= columns.count() <= 4
    expect(phone.locator(CHOSEN)).to_be_visible()
    for target in [*columns.all(), *phone.locator("#shift-moves button").all()]:
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    phone.tap("[data-move=next]")
    expect(phone.locator(SENTENCE)).to_contain_text("(position 24)")
    # The sheet of details would cover the sentence.
    expect(phone.locator("#inspector")).to_be_hidden()
    phone.tap("[data-pane=details]")
    expect(phone.locator("#inspector")).to_be_visible()


@pytest.fixture
def plain(browser: Browser, server: str) -> Iterator[Page]:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_without_scripts_every_step_is_a_button(plain: Page) -> None:
    plain.goto("/")
    plain.click("label[for=view-shift]")
    expect(plain.locator(SENTENCE)).to_contain_text("generation starts here")
    plain.click("[data-move=next]")
    expect(plain.locator(SENTENCE)).to_contain_text("(position 24)")
    plain.locator(CHOSEN).press("Shift+Tab")
    plain.keyboard.press("Enter")
    expect(plain.locator(SENTENCE)).to_contain_text("(position 23)")
    assert plain.locator("#shift-row li:visible").count() >= 6
