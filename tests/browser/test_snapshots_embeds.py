"""Embeds in Chromium: on another site's page, from damaged links, in a theme; nothing else is framed."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.snapshots import Visit, analysed, stored, unfold
from tests.web.serving import Served

KEPT = "[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]"


@contextmanager
def page_around(source: str) -> Iterator[tuple[str, str]]:
    """Another site's page with a frame in it; its address and its origin."""
    html = f"""<!doctype html><title>blog</title><body><script>
      heights = []; addEventListener("message", (event) => heights.push([event.origin, event.data]));
    </script><iframe src="{source}" width="900" height="500"></iframe>""".encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(html if self.path == "/" else b"")

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("kind", ["stored", "portable"])
def test_an_embed_on_another_page(visit: Visit, storing: Served, kind: str) -> None:
    author = visit()
    analysed(author, f"Yak {kind}")
    if kind == "stored":
        short, _ = stored(author)
    author.click("#open-share")
    unfold(author, "embed")
    expect(author.locator("#frame-snippet")).not_to_have_value("")
    snippet = author.input_value("#frame-snippet")
    source = re.search(r'src="([^"]+)"', snippet)
    assert source is not None
    assert source[1].startswith(
        f"{storing.address}/embed/s/" if kind == "stored" else f"{storing.address}/embed#v1."
    )
    reader = visit()
    with page_around(source[1]) as (address, _):
        reader.goto(address)
        frame = reader.frame_locator("iframe")
        expect(frame.locator("#tokens")).to_contain_text(kind)
        inner = reader.frames[1]
        frame.locator("#tokens b").nth(4).click()
        expect(frame.locator(".with-token")).to_be_visible()
        if frame.locator("#lens-weight").count():
            frame.locator("#lens-weight").check()
        assert inner.url == source[1]
        assert inner.evaluate("location.href") == source[1]
        assert frame.locator("#conversation").count() == 0
        assert inner.evaluate(KEPT) == [[], [], ""]
        reader.wait_for_function("heights.length && heights.at(-1)[1].height > 300")
        told = reader.evaluate("heights")
        assert {origin for origin, _ in told} == {storing.address}
        assert {data["type"] for _, data in told} == {"lossmask:height"}
        assert 300 < told[-1][1]["height"] < 5_000
        with reader.context.expect_page() as opening:
            frame.locator("#open-full").click()
        whole = opening.value
        expect(whole.locator("#tokens")).to_contain_text(kind)
        assert whole.url == (
            short if kind == "stored" else f"{storing.address}/#{source[1].partition('#')[2]}"
        )


def test_other_pages_cannot_be_framed(browser: Browser, storing: Served) -> None:
    context = browser.new_context()
    page = context.new_page()
    for path in ("/", "/s/2222222222222222"):
        with page_around(f"{storing.address}{path}") as (address, _):
            page.goto(address)
            page.wait_for_timeout(300)
            assert page.frames[1].url.startswith("chrome-error:")
    context.close()


@pytest.mark.parametrize("fragment", ["", "#v1.", "#v1.AAAA", "#v9.AAAA", "#v1." + "A" * 60_000])
def test_an_embed_of_a_damaged_link_says_so(visit: Visit, fragment: str) -> None:
    page = visit()
    page.goto(f"/embed{fragment}")
    expect(page.locator("#result [role=alert]")).not_to_be_empty()


def test_an_embed_takes_the_theme_of_its_address(visit: Visit) -> None:
    author = visit()
    analysed(author, "Yak nine")
    short, _ = stored(author)
    page = visit()
    page.goto(short.replace("/s/", "/embed/s/") + "?theme=projector")
    assert page.get_attribute("html", "data-theme") == "projector"
