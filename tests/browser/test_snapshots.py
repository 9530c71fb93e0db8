"""Stored snapshots in Chromium: stored by the button, opened elsewhere, copied, deleted."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.links import chat
from tests.browser.snapshots import Visit, analysed, stored, unfold
from tests.web.serving import Served

TOKENS = "all => all.map((b) => [b.textContent, [...b.classList].filter((name) => name !== 'here').join()])"


def drawn(page: Page) -> dict[str, Any]:
    """All that the page shows of a result."""
    return {
        "verdict": page.inner_text("#verdict"),
        "tokens": page.locator("#tokens b").evaluate_all(TOKENS),
        "turns": page.locator(".turn header").all_inner_texts(),
        "labels": page.locator("#labels").text_content(),
        "raw": page.locator("#raw").text_content(),
        "inspector": page.inner_text(".with-token .facts >> nth=0"),
        "title": page.inner_text("#inspector-title"),
    }


def test_what_was_stored_opens_elsewhere_with_the_tokenizer_gone(visit: Visit, folder: Path) -> None:
    author = visit()
    author.goto("/")
    author.fill("#tokenizer", "local:soon-gone")
    author.fill("#conversation", chat())
    author.click("#analyse")
    expect(author.locator("#picks")).to_contain_text("soon-gone", timeout=30_000)
    author.locator("#tokens b").nth(5).click()
    author.check("#lens-weight")
    short, manage = stored(author)
    seen = drawn(author)
    shutil.rmtree(folder / "tokenizers" / "soon-gone")

    reader = visit()
    asked: list[str] = []
    reader.on("request", lambda one: asked.append(one.method))
    reader.goto(short)
    expect(reader.locator("#inspector-title")).to_have_text(seen["title"])
    assert drawn(reader) == seen
    assert reader.is_checked("#lens-weight")
    assert set(asked) == {"GET"}
    assert reader.locator("#tokens b.here").count() == 1

    reader.goto(manage)
    reader.click("#delete")
    expect(reader.locator("#manage-status")).to_contain_text("Deleted")
    gone = reader.goto(short)
    gone_html = reader.content()
    never = reader.goto(re.sub(r"[^/]+$", "2" * 16, short))
    assert gone is not None
    assert never is not None
    assert (gone.status, gone_html) == (never.status, reader.content()) == (404, gone_html)
    # The manage link itself leads there, too.
    after = reader.goto(manage)
    assert after is None or after.status == 404


def test_opening_the_dialog_stores_nothing_and_sends_nothing(visit: Visit, folder: Path) -> None:
    page = visit()
    analysed(page, "Yak one")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url))
    page.click("#open-share")
    unfold(page, "store")
    page.select_option("#store-lifetime", "1-day")
    expect(page.locator("#store-button")).to_have_text("Store a copy on this server for 1 day")
    unfold(page, "embed")
    assert sent == []
    assert page.evaluate("Object.keys(localStorage)") == []


def test_the_same_is_stored_once_from_one_browser(visit: Visit) -> None:
    page = visit()
    analysed(page, "Yak two")
    first = stored(page)
    posted: list[str] = []
    page.on("request", lambda one: one.method == "POST" and posted.append(one.url))
    page.click("#open-share")
    expect(page.locator("#stored")).to_be_visible()
    page.click("#store-button")
    expect(page.locator("#store-status")).to_contain_text("before")
    assert (page.input_value("#stored-link"), page.input_value("#stored-manage")) == first
    assert posted == []
    page.select_option("#store-lifetime", "1-day")
    expect(page.locator("#stored")).to_be_hidden()
    page.click("#share >> text=Close")
    other = visit()
    analysed(other, "Yak two")
    assert stored(other)[0] != first[0]


def test_what_is_deleted_is_stored_anew(visit: Visit) -> None:
    page = visit()
    analysed(page, "Yak three")
    short, _ = stored(page)
    # This browser knows the secret, so the page itself leads to the button.
    page.goto(short)
    page.click("#manage")
    page.click("#delete")
    expect(page.locator("#manage-status")).to_contain_text("Deleted")
    analysed(page, "Yak three")
    assert stored(page)[0] != short


def test_words_are_not_stored_where_only_structure_is_shared(visit: Visit) -> None:
    page = visit()
    analysed(page, "Yak four")
    page.click("#open-share")
    unfold(page, "store")
    page.check('input[value="structure"]')
    expect(page.locator("#store-button")).to_be_disabled()
    expect(page.locator("#store-whole")).to_be_visible()
    page.check('input[name="share-what"][value="state"]')
    expect(page.locator("#store-button")).to_be_enabled()


def test_a_refused_store_says_why(visit: Visit) -> None:
    page = visit()
    analysed(page, "Yak five")
    detail = "Your state is 1.4 MiB; export a file instead."
    page.route("**/api/snapshots", lambda route: route.fulfill(status=413, json={"detail": detail}))
    page.click("#open-share")
    unfold(page, "store")
    page.click("#store-button")
    expect(page.locator("#store-status")).to_contain_text(detail)
    expect(page.locator("#store-button")).to_be_enabled()
    expect(page.locator("#stored")).to_be_hidden()


def test_a_copy_is_free_to_change_and_says_of_what(visit: Visit, storing: Served) -> None:
    author = visit()
    analysed(author, "Yak six")
    short, _ = stored(author)
    reader = visit()
    reader.goto(short)
    reader.click("text=Open as a copy")
    expect(reader.locator("#copied")).to_contain_text("copy of")
    expect(reader.locator("#shared")).to_contain_text("Same result as shared.")
    assert reader.url == f"{storing.address}/"
    assert reader.input_value("#conversation") == chat("Yak six")
    reader.fill("#conversation", chat("Yak seven"))
    reader.click("#analyse")
    expect(reader.locator("#copied")).to_contain_text("edited copy of")
    assert reader.get_attribute("#copied a", "href") == short.removeprefix(storing.address)
    # The snapshot itself stays what it was.
    reader.goto(short)
    expect(reader.locator("#tokens")).to_contain_text("six")


def test_a_reader_looks_around_without_scripts(visit: Visit) -> None:
    author = visit()
    analysed(author, "Yak eight")
    short, _ = stored(author)
    plain = visit(java_script_enabled=False)
    plain.goto(short)
    assert "tokens train" in plain.inner_text("#verdict")
    plain.click("label[for=view-raw]")
    expect(plain.locator("#raw")).to_be_visible()
    plain.click("text=Open as a copy")
    assert plain.input_value("#conversation") == chat("Yak eight")


def test_the_servers_own_words_name_no_snapshot(visit: Visit, storing: Served) -> None:
    author = visit()
    analysed(author, "Yak unspeakable")
    short, manage = stored(author)
    id, secret = short.rpartition("/")[2], manage.partition("#")[2]
    for path in (
        f"/s/{id}",
        f"/embed/s/{id}",
        f"/api/snapshots/{id}",
        f"/oembed?url={short}",
        f"/s/{id}/manage#{secret}",
    ):
        author.goto(path)
    author.click("#delete")
    expect(author.locator("#manage-status")).to_contain_text("Deleted")
    author.goto(short)
    said = storing.said()
    assert '"GET /s/… HTTP/1.1" 404' in said
    assert '"DELETE /api/snapshots/… HTTP/1.1" 204' in said
    for word in (id, secret, "unspeakable"):
        assert word not in said
