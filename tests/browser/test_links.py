"""Portable links in Chromium: made, copied, opened by someone else, damaged, compared."""

from __future__ import annotations

import base64
from dataclasses import replace
from urllib.parse import quote, urlsplit

from lossmask.core.digest import digest
from lossmask.core.request import Choice
from lossmask.core.state import (
    Pasted,
    SharedTemplate,
    SharedTokenizer,
    State,
    compared,
    fragment_of,
    read_link,
)
from lossmask.core.state.check import check_of
from lossmask.engine.analyse import analyse
from playwright.sync_api import Page, expect

from tests.browser.links import SECRET, chat, in_base64, made_link, overheard, packed, paste, state_of


def test_a_link_opens_in_a_fresh_profile(page: Page, stranger: Page, server: str) -> None:
    page.goto("/")
    paste(page, chat())
    link = made_link(page)
    with overheard(server) as (address, heard):
        stranger.goto(f"{address}/#{urlsplit(link).fragment}")
        expect(stranger.locator("#shared")).to_contain_text("Same result as shared.")
        sent = b"".join(heard)
    assert stranger.input_value("#conversation") == chat()
    assert state_of(stranger)["digest"] == state_of(page)["digest"]
    # The address without its fragment, and the words in one request's body alone.
    assert sent.count(b"GET / HTTP") == sent.count(b"POST / HTTP") == 1
    assert urlsplit(link).fragment[3:43].encode() not in sent
    assert SECRET.encode() not in sent.partition(b"POST / HTTP")[0]
    assert quote(SECRET).encode() in sent


def test_the_view_returns(page: Page, stranger: Page) -> None:
    page.goto("/")
    page.locator("#tokens b").nth(9).click()
    page.click("label[for=view-table]")
    page.check("#lens-weight")
    stranger.goto(made_link(page))
    expect(stranger.locator("#shared")).to_contain_text("Same result")
    expect(stranger.locator("#view-table")).to_be_checked()
    expect(stranger.locator("#lens-weight")).to_be_checked()
    expect(stranger.locator("#inspector-title")).to_contain_text("Position 9 ")
    expect(stranger.locator("#release")).to_be_visible()
    stranger.click("label[for=view-text]")
    expect(stranger.locator("#tokens b.here")).to_be_visible()


def test_python_reads_what_the_browser_writes(page: Page) -> None:
    page.goto("/?example=tools")
    state = read_link(made_link(page))
    found = compared(state, analyse(state.request()))
    assert found is not None
    assert found.same
    assert state.as_json() == state_of(page)


def test_the_browser_reads_what_python_writes(stranger: Page) -> None:
    text = chat(f"{SECRET} ☕ grüße 😀")
    state = State("0.1.0", Pasted(text), template=SharedTemplate("bundled:chatml"))
    stranger.goto(f"/#{fragment_of(state)}")
    expect(stranger.locator("#tokens")).to_contain_text("☕")
    assert stranger.input_value("#conversation") == text
    assert stranger.input_value("#template") == "bundled:chatml"


def test_a_link_in_an_open_page_is_opened(page: Page) -> None:
    page.goto("/?example=none")
    fragment = fragment_of(State("0.1.0", Pasted(chat()), template=SharedTemplate("bundled:llama-3")))
    page.evaluate("(fragment) => { location.hash = fragment; }", fragment)
    expect(page.locator("#tokens")).to_contain_text("Zebra")


def test_the_address_holds_a_link_only_once_one_is_made(page: Page) -> None:
    page.goto("/")
    page.click("#open-share")
    expect(page.locator("#share-link")).not_to_have_value("")
    assert urlsplit(page.url).fragment == ""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#share-copy")
    expect(page.locator("#share-copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.input_value("#share-link")
    assert urlsplit(page.url).fragment == urlsplit(page.input_value("#share-link")).fragment
    page.click("#share >> text=Close")
    paste(page, chat())
    assert urlsplit(page.url).fragment == ""


def test_edits_after_a_link_are_the_readers_own(stranger: Page) -> None:
    stranger.goto(
        f"/#{fragment_of(State('0.1.0', Pasted(chat()), template=SharedTemplate('bundled:llama-3')))}"
    )
    expect(stranger.locator("#tokens")).to_contain_text("Zebra")
    stranger.check("input[value=full]")
    expect(stranger.locator(".banner")).to_be_visible()
    assert urlsplit(stranger.url).fragment == ""
    expect(stranger.locator("#shared")).to_have_count(0)


def test_a_difference_is_shown_with_its_token(stranger: Page) -> None:
    state = State("0.0.9", Pasted(chat()), template=SharedTemplate("bundled:llama-3"))
    made = analyse(state.request())
    link = replace(state, strategy=Choice("full"), digest=digest(made), check=check_of(made))
    stranger.goto(f"/#{fragment_of(link)}")
    expect(stranger.locator("#shared")).to_contain_text("This differs from what was shared, from token 0 on.")
    expect(stranger.locator("#shared")).to_contain_text("Lossmask 0.0.9 → ")
    stranger.click("#shared a")
    expect(stranger.locator("#inspector-title")).to_contain_text("Position 0 ")


def test_a_tokenizer_that_cannot_be_had_keeps_the_text(stranger: Page) -> None:
    gone = State("0.1.0", Pasted(chat()), tokenizer=SharedTokenizer("hub:org/gone", revision="ab" * 20))
    stranger.goto(f"/#{fragment_of(gone)}")
    expect(stranger.locator(".failure")).to_contain_text("hub-off")
    expect(stranger.locator("#shared")).to_contain_text("shared link")
    assert stranger.input_value("#conversation") == chat()
    expect(stranger.locator("#tokens")).to_have_count(0)
    stranger.fill("#tokenizer", "bundled")
    stranger.select_option("#template", "bundled:llama-3")
    stranger.click("#analyse")
    expect(stranger.locator("#tokens")).to_contain_text("Zebra")


GOOD = fragment_of(State("0.1.0", Pasted(chat())))
DAMAGED = {
    "cut": GOOD[: len(GOOD) // 2],
    "one letter short": GOOD[:-1],
    "nothing": "v1.",
    "no dot": "v1",
    "letters that are none": "v1.a+b/c=",
    "no deflate": "v1.____",
    "bomb": packed(b"0" * 50_000_000),
    "later version": f"v2.{GOOD[3:]}",
    "later version within": packed(b'{"v": 7}'),
    "no UTF-8": packed(bytes(range(128, 256))),
    "no JSON": packed(b"{nothing"),
    "an array": packed(b"[]"),
    "null": packed(b"null"),
    "wrong types": packed(b'{"v": 1, "conversation": 3}'),
    "deep": packed(b'{"v": 1, "view": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "deep and open": packed(b"[" * 200_000),
    "half a character": packed(rb'{"v": 1, "conversation": {"text": "\ud800"}}'),
    "followed by more": in_base64(base64.urlsafe_b64decode(f"{GOOD[3:]}===") + b"x"),
}


def test_a_damaged_link_is_a_plain_sentence(stranger: Page) -> None:
    for name, fragment in DAMAGED.items():
        stranger.goto("about:blank")
        stranger.goto(f"/#{fragment}")
        failure = stranger.locator("#errors .failure")
        expect(failure, name).to_contain_text("The link cannot be opened")
        sentence = failure.locator("p").first.inner_text()
        assert 30 < len(sentence) < 300, name
        assert sentence.endswith("."), name
        expect(stranger.locator("#tokens"), name).to_be_visible()
        expect(stranger.locator("#result"), name).not_to_have_class("dim")
    paste(stranger, chat())
