"""The page in Chromium: first visit, tokens and their details, errors, themes, sizes, hostile text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

PANCAKES = "give me a recipe to bake pancakes"


def paste(page: Page, value: Any) -> None:
    """Replace the conversation and wait for its result."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    page.fill("#conversation", text)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Control+Enter")
    expect(page.locator("#busy")).to_be_hidden()


def chat(question: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def title(page: Page) -> str:
    return page.inner_text("#inspector-title")


def test_the_first_visit_is_a_result(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#verdict")).to_contain_text("tokens train")
    expect(page.locator("#tokens")).to_contain_text("pan")
    assert page.locator("#tokens b.t").count() > 5
    expect(page.locator("#inspector .why")).to_contain_text("Trained.")
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


def test_a_pasted_conversation_is_analysed_in_place(page: Page) -> None:
    page.goto("/")
    paste(page, [*chat(PANCAKES, "take a pan"), *chat("and then?", "pour the batter")])
    expect(page.locator("#verdict")).to_contain_text("Every assistant turn trains.")
    expect(page.locator("#reading")).to_contain_text("Read as OpenAI messages, 4 messages, no tools")
    assert page.url.endswith("/")
    expect(page.locator("#picks .pick")).to_have_count(3)


def test_edits_of_small_conversations_follow_by_themselves(page: Page) -> None:
    page.goto("/")
    page.fill("#conversation", "User: hi\nAssistant: hello")
    expect(page.locator("#reading")).to_contain_text("2 messages")
    expect(page.locator("#tokens")).to_contain_text("hello")
    expect(page.locator("#stale")).to_be_hidden()


def test_a_click_pins_and_the_source_is_marked(page: Page) -> None:
    page.goto("/")
    page.locator("#tokens b.t").nth(3).click()
    shown = title(page)
    page.locator("#tokens b").nth(0).hover()
    assert title(page) == shown
    expect(page.locator("#inspector .source mark")).to_have_text("pan")
    expect(page.locator("#inspector .source .from")).to_have_text("turn 2 (assistant) · content")
    page.click("#show-in-paste")
    selected = page.evaluate("document.getSelection().toString()")
    assert selected.strip() == "pan"


def test_the_line_of_the_template_is_quoted(page: Page) -> None:
    page.goto("/")
    page.locator("#tokens b").nth(1).click()
    expect(page.locator("#inspector .source .from").first).to_contain_text("chat template, line")
    expect(page.locator("#inspector .source mark").first).to_contain_text("start_header_id")


def test_hovering_previews_without_moving_anything(page: Page) -> None:
    page.goto("/")
    page.evaluate(
        "window.shifts = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) "
        "window.shifts += one.value; }).observe({type: 'layout-shift', buffered: false});"
    )
    boxes = (
        "[...document.querySelectorAll('#tokens b')].map((b) => JSON.stringify(b.getBoundingClientRect()))"
    )
    before, shown = page.evaluate(boxes), set()
    for index in range(0, page.locator("#tokens b").count(), 3):
        page.locator("#tokens b").nth(index).hover()
        shown.add(title(page))
    assert len(shown) > 5
    assert page.evaluate(boxes) == before
    assert page.evaluate("window.shifts") == 0


def test_the_states_differ_in_shape_and_not_in_width(page: Page) -> None:
    page.goto("/")
    measure = """(state) => {
        const p = document.createElement("p");
        p.className = "tokens";
        const b = document.createElement("b");
        b.className = state;
        b.textContent = "word";
        p.append(b);
        document.querySelector("#result").append(p);
        const style = getComputedStyle(b);
        const shape = style.boxShadow + style.backgroundImage + style.textDecorationStyle;
        const found = [b.getBoundingClientRect().width, shape];
        p.remove();
        return found;
    }"""
    masked, trained, unused, warned = (page.evaluate(measure, state) for state in ("", "t", "u", "w"))
    assert masked[0] == trained[0] == unused[0] == warned[0]
    assert len({masked[1], trained[1], unused[1], warned[1]}) == 4


def test_bad_json_shows_a_caret_and_keeps_the_text(page: Page) -> None:
    page.goto("/")
    paste(page, '[{"role": "user" "content": "x"}]')
    failure = page.locator("#errors .failure")
    expect(failure).to_have_attribute("role", "alert")
    expect(failure.locator("pre")).to_contain_text("^")
    assert page.input_value("#conversation") == '[{"role": "user" "content": "x"}]'
    expect(page.locator("#conversation")).to_be_focused()
    expect(page.locator("#conversation")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#stale")).to_be_visible()
    paste(page, chat("a", "b"))
    expect(failure).to_have_count(0)
    expect(page.locator("#stale")).to_be_hidden()


def test_a_template_error_quotes_its_line(page: Page) -> None:
    page.goto("/")
    page.select_option("#template", "pasted")
    page.fill("#template_source", "{% for message in messages %}\n{% oops %}\n{% endfor %}")
    expect(page.locator("#errors .failure pre")).to_have_text("{% oops %}")
    expect(page.locator("#errors figcaption")).to_have_text("Chat template, line 2")
    expect(page.locator("#template_source")).to_have_attribute("aria-invalid", "true")


def test_a_full_mask_is_said_aloud(page: Page) -> None:
    page.goto("/")
    page.check("input[value=full]")
    expect(page.locator(".banner")).to_contain_text("The mask is full")
    assert page.locator("#tokens b.u").count() == 1
    page.locator("#tokens b.u").click()
    expect(page.locator("#inspector .why")).to_contain_text("Labelled, but unused.")


def test_options_change_the_mask(page: Page) -> None:
    page.goto("/")
    before = page.locator("#tokens b.t").count()
    page.click(".strategy:has(input:checked) .options summary")
    page.check('input[name="option.assistant-turns.header"][type=checkbox]')
    expect(page.locator("#picks")).to_contain_text("header: true")
    assert page.locator("#tokens b.t").count() > before


def test_the_table_has_a_row_for_each_token_and_sorts(page: Page) -> None:
    page.goto("/")
    page.click("label[for=view-table]")
    rows = page.locator("#table tbody tr")
    assert rows.count() == page.locator("#tokens b").count()
    page.click("#table th[data-key=id] button")
    ids = [int(text) for text in page.locator("#table tbody tr td:nth-child(3)").all_inner_texts()]
    assert ids == sorted(ids)
    expect(page.locator("#table th[data-key=id]")).to_have_attribute("aria-sort", "ascending")


def test_many_rows_are_paged(page: Page) -> None:
    page.goto("/")
    paste(page, chat("word " * 900, "yes"))
    page.click("label[for=view-table]")
    expect(page.locator("#table tbody tr")).to_have_count(500)
    page.click("#table-pager [aria-label='Next rows']")
    expect(page.locator("#table tbody tr").first).to_have_attribute("data-position", "500")


def test_raw_prompt_and_labels(page: Page) -> None:
    page.goto("/")
    page.click("label[for=view-raw]")
    expect(page.locator("#raw")).to_contain_text(PANCAKES)
    page.click("label[for=view-labels]")
    labels = json.loads(page.inner_text("#labels"))
    ids = json.loads(page.inner_text("#ids"))
    assert len(labels) == len(ids) == page.locator("#tokens b").count()
    assert {label for label, own in zip(labels, ids, strict=True) if label != own} == {-100}


def test_hostile_text_is_shown_and_does_nothing(page: Page) -> None:
    page.goto("/")
    hostile = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script></template>{{7*7}}'
    paste(page, [{"role": hostile, "content": hostile}, {"role": "assistant", "content": hostile}])
    page.locator("#tokens b").nth(12).click()
    page.click("label[for=view-table]")
    page.click("label[for=view-raw]")
    expect(page.locator("#raw")).to_contain_text("<script>window.hacked=1</script>")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#result img").count() == 0


def test_invisible_characters_are_seen(page: Page) -> None:
    page.goto("/")
    paste(page, chat("safe\u202egpj.exe\u200b", "ok"))
    text = page.inner_text("#tokens")
    assert "⟨U+202E⟩" in text
    assert "⟨U+200B⟩" in text
    assert "\u202e" not in text


def test_characters_beyond_the_first_plane_keep_their_place(page: Page) -> None:
    page.goto("/")
    paste(page, chat("x", "🥞🥞 syrup please"))
    page.locator("#tokens b.t", has_text="please").last.click()
    marked = page.inner_text("#inspector .source mark")
    assert marked == " please"
    assert "🥞🥞 syrup" in page.inner_text("#inspector .source")
    page.click("#show-in-paste")
    assert page.evaluate("document.getSelection().toString()") == marked


@pytest.mark.parametrize(
    ("theme", "ground"),
    [("light", "rgb(255, 255, 255)"), ("dark", "rgb(15, 20, 25)"), ("projector", "rgb(255, 255, 255)")],
)
def test_themes(page: Page, theme: str, ground: str) -> None:
    page.goto("/")
    page.locator(f'input[name=theme][value="{theme}"]').check(force=True)
    colour = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(colour) == ground
    page.reload()
    assert page.evaluate(colour) == ground
    assert page.evaluate("localStorage.length") == 0


def test_the_system_decides_unless_told(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(15, 20, 25)"


def test_an_empty_paste_offers_examples(page: Page) -> None:
    page.goto("/?example=none")
    page.click("text=A tool call")
    expect(page.locator("#tokens")).to_contain_text("tool_call")
    expect(page.locator("#reading")).to_contain_text("1 tool")


def test_long_turns_fold_and_unfold(page: Page) -> None:
    page.goto("/")
    paste(page, chat("word " * 9_000, "yes"))
    expect(page.locator(".folded")).to_have_count(1)
    page.click("#unfold")
    assert page.locator(".folded[open]").count() == 1
    page.evaluate(
        "document.querySelector('#conversation').dispatchEvent(new Event('input', {bubbles: true}))"
    )
    expect(page.locator("#stale")).to_be_hidden()
    page.fill("#conversation", "User: x")
    expect(page.locator("#stale")).to_be_visible()


def test_a_download_says_how_far_it_is(page: Page) -> None:
    page.goto("/")
    page.route("**/", lambda route: None if route.request.method == "POST" else route.continue_())
    progress = {"step": "downloading", "file": "tokenizer.json", "bytes": 1_000_000, "total": 4_200_000}
    page.route("**/api/downloads*", lambda route: route.fulfill(json=progress))
    page.fill("#tokenizer", "Qwen/Qwen3-8B")
    page.keyboard.press("Enter")
    expect(page.locator("#busy-text")).to_have_text("Loading tokenizer Qwen/Qwen3-8B (1.0 of 4.2 MB)…")
    page.click("#cancel")


def test_cancel_keeps_the_old_result(page: Page) -> None:
    page.goto("/")
    page.route("**/", lambda route: None if route.request.method == "POST" else route.continue_())
    page.click("#analyse")
    expect(page.locator("#busy")).to_be_visible()
    expect(page.locator("#result")).to_have_class("dim")
    page.click("#cancel")
    expect(page.locator("#busy")).to_be_hidden()
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#tokens")).to_be_visible()
