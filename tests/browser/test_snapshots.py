"""Stored snapshots in Chromium: stored by the button, opened elsewhere, copied, embedded, deleted."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import lossmask
import pytest
from lossmask.settings import Settings
from lossmask.storage.store import Store
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Watch
from tests.web.serving import Served, served

Visit = Callable[..., Page]

TEXT = "Zebra crossing at midnight"
HOSTILE = (
    '"\'><img src=x onerror="window.hit=1"><script>window.hit=1</script>{{ 7 * 7 }}</template></textarea>'
)

TOKENS = "all => all.map((b) => [b.textContent, [...b.classList].filter((name) => name !== 'here').join()])"
SOURCES = "all => all.map((one) => one.getAttribute('src'))"
KEPT = "[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture(scope="module")
def storing(folder: Path) -> Iterator[Served]:
    """A server that others are told to reach at its own address, with one tokenizer of its operator."""
    tokenizers = folder / "tokenizers"
    shutil.copytree(Path(lossmask.__file__).parent / "tokenization" / "bundled", tokenizers / "soon-gone")
    environment = {
        "LOSSMASK_PUBLIC_URL": "{address}",
        "LOSSMASK_DATABASE": str(folder / "snapshots.sqlite3"),
        "LOSSMASK_TOKENIZERS": str(tokenizers),
        "LOSSMASK_SNAPSHOTS_PER_HOUR": "1000",
        "LOSSMASK_FRAME_ANCESTORS": "self http://127.0.0.1:*",
    }
    with served(environment) as server:
        yield server


@pytest.fixture
def visit(browser: Browser, storing: Served) -> Iterator[Visit]:
    """A page in a fresh profile; the test fails where one complained or reached beyond the servers here."""
    opened: list[tuple[BrowserContext, Watch]] = []

    def visit(**options: Any) -> Page:
        context = browser.new_context(
            base_url=storing.address, viewport={"width": 1440, "height": 900}, **options
        )
        watch = Watch(context)
        # Chromium itself notes every answer of an error.
        context.on(
            "console", lambda said: re.search(" (404|413) ", said.text) and watch.complaints.remove(said.text)
        )
        opened.append((context, watch))
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    yield visit
    for context, watch in opened:
        context.close()
        assert watch.complaints == []
        assert watch.foreign == []


def chat(text: str = TEXT) -> str:
    messages = [{"role": "user", "content": "what did you see?"}, {"role": "assistant", "content": text}]
    return json.dumps(messages)


def analysed(page: Page, text: str = TEXT, address: str = "/") -> None:
    """Someone pasted a conversation."""
    page.goto(address)
    page.fill("#conversation", chat(text))
    page.click("#analyse")
    expect(page.locator("#tokens")).to_contain_text(text.split()[-1], timeout=30_000)
    # The edit may have been sent by itself a moment before.
    page.wait_for_load_state("networkidle")


def unfold(page: Page, way: str) -> None:
    """Open one of the ways to share, unless it is open."""
    if page.get_attribute(f'details[data-way="{way}"]', "open") is None:
        page.click(f'details[data-way="{way}"] summary')


def stored(page: Page, lifetime: str = "30-days") -> tuple[str, str]:
    """Press the button; gives the short link and the manage link."""
    page.click("#open-share")
    unfold(page, "store")
    page.select_option("#store-lifetime", lifetime)
    page.click("#store-button")
    expect(page.locator("#stored")).to_be_visible()
    links = page.input_value("#stored-link"), page.input_value("#stored-manage")
    page.click("#share >> text=Close")
    return links


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
        assert inner.evaluate(
            "[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]"
        ) == [[], [], ""]
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


def hostile_body(page: Page, storing: Served) -> str:
    """A real analysis of hostile input, stored by the API; its id."""
    tools = [{"type": "function", "function": {"name": HOSTILE, "description": HOSTILE, "parameters": {}}}]
    messages = [
        {"role": "user", "content": HOSTILE},
        {"role": HOSTILE, "content": HOSTILE},
        {"role": "assistant", "content": HOSTILE, "reasoning_content": HOSTILE},
    ]
    template = (
        "{# " + HOSTILE.replace("{{", "").replace("}}", "") + " #}"
        "{% for t in tools or [] %}{{ t.function.name }}{% endfor %}{{ custom }}"
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}</s>\n{% endfor %}"
    )
    request = {
        "conversation": {"messages": messages, "tools": tools},
        "chat_template": template,
        "template_arguments": {"custom": HOSTILE},
        "strategy": {
            "name": "unsloth-responses-only",
            "options": {"instruction_part": HOSTILE, "response_part": "<"},
        },
    }
    answer = page.request.post("/api/snapshots", data={"request": request})
    if answer.status != 201:
        request.pop("strategy")
        answer = page.request.post("/api/snapshots", data={"request": request})
    assert answer.status == 201, answer.text()
    return str(answer.json()["id"])


def with_hostile_words(id: str, folder: Path) -> str:
    """The same with markup in what only this program writes, as a broken database could have; its id."""

    def spoil(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: spoil(found, name) for name, found in value.items()}
        if isinstance(value, list):
            return [spoil(found, key) for found in value]
        words = ("sentence", "fix", "reason", "pieces", "framework", "version", "source", "detail")
        return HOSTILE if isinstance(value, str) and key in words else value

    with Store.open(Settings({"LOSSMASK_DATABASE": str(folder / "snapshots.sqlite3")})) as store:
        body = json.loads(store.read(id).body)
        body["analysis"] = spoil(body["analysis"])
        body["analysis"]["tokenizer"]["differs_from_file"] = HOSTILE
        spoiled = store.create(json.dumps(body).encode()).id
        body["analysis"] |= {"examples": [], "outcome": {"kind": "error", "reason": HOSTILE}}
        for finding in body["analysis"]["findings"]:
            finding["tokens"] = []
        body["state"].pop("digest", None)
        return f"{spoiled} {store.create(json.dumps(body).encode()).id}"


def test_hostile_text_opens_inert(visit: Visit, storing: Served, folder: Path) -> None:
    page = visit()
    page.on("dialog", lambda dialog: pytest.fail("a dialog was opened"))
    id = hostile_body(page, storing)
    for one in (id, *with_hostile_words(id, folder).split()):
        for place in ("/s/", "/embed/s/"):
            asked: list[str] = []
            page.on("request", lambda sent, asked=asked: asked.append(sent.url))
            answer = page.goto(f"{place}{one}")
            assert answer is not None
            assert answer.status == 200
            for tab in page.locator("input[name=view]").all():
                tab.evaluate("one => one.click()")
                if page.locator("#tokens b").count() and tab.get_attribute("value") == "text":
                    for number in range(0, page.locator("#tokens b").count(), 9):
                        page.locator("#tokens b").nth(number).click()
            page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
            assert page.evaluate("window.hit") is None
            assert page.locator("img").count() == 0
            assert page.locator("script").evaluate_all(
                "all => all.map((one) => one.getAttribute('src'))"
            ) == ["/static/js/snapshot.js" if place == "/s/" else "/static/js/embed.js"]
            assert "window.hit=1" in page.inner_text("body")
            assert all(
                url.startswith((f"{storing.address}/static/", f"{storing.address}{place}{one}"))
                for url in asked
            )
    page.goto(f"/s/{id}")
    page.click("text=Open as a copy")
    expect(page.locator("#copied")).to_be_visible()
    assert page.evaluate("window.hit") is None


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
