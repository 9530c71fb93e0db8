"""Markup in every place that a stranger fills, in real Chromium: all of it is text.

Covered: the main page in each view with tokens looked at, its failures, every other page, snapshots, frames,
links, lessons, files. A page passes where no script ran, no dialog opened, no element and no attribute came
of the words, nothing broke the content security policy, and no character stays unseen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.links import made_link
from tests.browser.markup import (
    CONVERSATION,
    EVIL,
    FIELDS,
    MARK,
    PASTE,
    STATE,
    WATCHING,
    harmless,
    write_lessons,
    write_tokenizer,
)
from tests.browser.server import running_server

EXPECTED = ("Failed to load resource", 'does not conform to the required format, "yyyy-MM-dd"')
"""What Chromium notes of every answer of 400 and more, and of a date that is none."""

SUBMIT = """([path, fields]) => {
  const form = Object.assign(document.createElement("form"), {method: "post", action: path});
  for (const [name, value] of Object.entries(fields)) {
    const field = Object.assign(document.createElement("textarea"), {name, value});
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""


@pytest.fixture(scope="module")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("markup")
    write_tokenizer(folder / "tokenizers" / "evil")
    write_lessons(folder / "lessons")
    names = {"TOKENIZERS": "tokenizers", "LESSONS": "lessons", "DATABASE": "snapshots.sqlite3"}
    with running_server(
        {f"LOSSMASK_{name}": str(folder / place) for name, place in names.items()}
    ) as started:
        yield started


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that notes every complaint of the browser and every dialog; there are none."""
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    context.add_init_script(WATCHING)
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        expected = any(part in message.text for part in EXPECTED)
        if message.type in ("error", "warning") and not expected:
            said.append(message.text)

    context.on("console", note)
    context.on("dialog", lambda dialog: (said.append(f"dialog {dialog.message}"), dialog.dismiss()))
    context.on("weberror", lambda error: said.append(str(error.error)))
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    yield opened
    context.close()
    assert said == []


def submit(page: Page, path: str, fields: Mapping[str, str]) -> None:
    """Send a form as a page of this server does, and wait for the page that answers."""
    page.goto("/lessons")
    with page.expect_navigation(url=f"**{path}"):
        page.evaluate(SUBMIT, [path, dict(fields)])
    page.wait_for_load_state("load")


def look_around(page: Page, most: int = 4) -> None:
    """Every view, and some tokens in the inspector."""
    tokens = page.locator("#tokens b")
    for position in range(0, tokens.count(), -(-tokens.count() // most)):
        tokens.nth(position).click()
        harmless(page, f"token {position}")
    for view in ("table", "raw", "labels", "shift", "text"):
        page.locator(f"#view-{view}").evaluate("(view) => view.click()")
        harmless(page, f"view {view}")


@pytest.mark.parametrize("strategy", ["assistant-turns", "trl-assistant-only", "llama-factory"])
def test_the_main_page(page: Page, strategy: str) -> None:
    submit(page, "/", {**FIELDS, "strategy": strategy})
    harmless(page, strategy)
    if strategy == "assistant-turns":
        expect(page.locator("#tokens")).to_contain_text("<script>window.pwned=1</script>")
        look_around(page, 12)
        # Typed again, so that htmx puts the answer in place.
        page.fill("#conversation", PASTE + " ")
        page.click("#analyse")
        expect(page.locator("#busy")).to_be_hidden()
        harmless(page, "after htmx")
        assert page.input_value("#template_source") == FIELDS["template_source"]


FAILURES = {
    "template raises": {"template_source": "{{ raise_exception(messages[0].content) }}"},
    "template's syntax": {"template_source": f"{{% if %}} {EVIL}"},
    "unknown filter": {"template_source": "{{ messages | " + "nope }}" + EVIL},
    "bad JSON": {"conversation": f'[{{"role": "user", "content": {json.dumps(EVIL)},,}}]'},
    "bad role": {"conversation": json.dumps([{"role": [EVIL], "content": EVIL}])},
    "unknown tokenizer": {"tokenizer": f"local:{EVIL}"},
    "bad arguments": {"more_arguments": f"{{{EVIL}"},
    "bad option": {"strategy": "trl-full", "option.trl-full.max_length": EVIL},
    "unknown strategy": {"strategy": EVIL},
    "bad date": {"today": EVIL},
    "pasted losses": {"losses": "pasted", "loss_values": EVIL, "lens": "loss"},
}


def test_what_went_wrong(page: Page) -> None:
    for name, fields in FAILURES.items():
        for path in ("/", "/compare", "/batch", "/matrix"):
            if path == "/" or name in ("template raises", "bad JSON"):
                submit(page, path, {**FIELDS, **fields})
                harmless(page, f"{name} at {path}", shown=path == "/")


@pytest.mark.parametrize("path", ["/compare", "/batch", "/matrix", "/losses"])
def test_the_other_pages(page: Page, path: str) -> None:
    rows = "\n".join([json.dumps(CONVERSATION)] * 2)
    extra = {"conversation": rows} if path == "/batch" else {"losses": "pasted", "loss_values": EVIL}
    submit(page, path, {**FIELDS, **(extra if path in ("/batch", "/losses") else {})})
    harmless(page, path)


def test_comparing_two_templates(page: Page) -> None:
    sides = {f"{side}.{name}": value for side in ("a", "b") for name, value in FIELDS.items()}
    submit(page, "/compare", {**sides, "b.template_source": "{{ messages[1].content }}" + EVIL[:90]})
    harmless(page, "comparison")
    page.click("#next-difference")
    harmless(page, "a difference")


def test_lessons(page: Page) -> None:
    page.goto("/lessons")
    harmless(page, "the list")
    expect(page.locator("body")).to_contain_text(f"<img src=x {MARK}>.md")
    for address in ("/lessons/evil", "/lessons/evil?step=1&answer=1&present=1", "/lessons/evil/notes"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, page.inner_text("body")
        harmless(page, address)
    page.goto("/lessons/evil")
    look_around(page)


def test_making_a_lesson(page: Page) -> None:
    submit(page, "/", FIELDS)
    link = made_link(page)
    page.goto("/lessons/make")
    page.fill("#make-title", EVIL)
    page.fill("#make-link", link)
    page.click("#make-add")
    # A link is unpacked in its own time; a page that is left before that has no step to keep.
    expect(page.locator("#make-steps li")).to_have_count(1)
    page.reload()
    expect(page.locator("#make-steps li")).to_have_count(1)
    harmless(page, "a draft", shown=False)


def test_links_and_frames(page: Page) -> None:
    submit(page, "/", FIELDS)
    fragment = made_link(page).partition("#")[2]
    harmless(page, "the dialog for sharing")
    for address in (f"/#{fragment}", f"/embed#{fragment}"):
        page.goto("/lessons")
        page.goto(address)
        expect(page.locator("#tokens")).to_contain_text("window.pwned=1")
        harmless(page, address[:9])


def test_snapshots(page: Page) -> None:
    answer = page.request.post("/api/snapshots", data={"state": STATE})
    assert answer.status == 201, answer.text()
    id = answer.json()["id"]
    for address in (f"/s/{id}", f"/s/{id}?view=table", f"/embed/s/{id}", f"/s/{id}/manage"):
        page.goto(address)
        harmless(page, address, shown="manage" not in address)
    page.goto(f"/s/{id}")
    look_around(page)


def test_files(page: Page, tmp_path: Path) -> None:
    saved = {}
    for kind in ("html", "json", "svg", "csv", "md"):
        name = {"md": "markdown"}.get(kind, kind)
        answer = page.request.post(f"/files/{name}", form=dict(FIELDS))
        assert answer.ok, answer.text()[:500]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        saved[kind] = tmp_path / f"saved.{kind}"
        saved[kind].write_bytes(answer.body())
    page.goto(saved["html"].as_uri())
    harmless_file(page)
    page.goto(saved["svg"].as_uri())
    assert page.evaluate("window.pwned ?? null") is None
    assert page.evaluate("document.querySelectorAll('script, foreignObject, image, a, [onload]').length") == 0
    assert "window.pwned" in page.evaluate("document.documentElement.textContent")
    cells = saved["csv"].read_text(encoding="utf-8-sig")
    assert not any(
        line.partition(",")[2].startswith(("=", "+", "-", "@")) for line in cells.splitlines()[1:9]
    )


def harmless_file(page: Page) -> None:
    """A saved page has one style of its own, whose digest its policy names, and its data as JSON."""
    assert page.evaluate("window.pwned ?? null") is None
    assert page.evaluate("window.violations") == []
    assert page.locator("script").count() == 1
    assert page.locator('script[type="application/json"]').count() == 1
    harmless(page, "a saved page")


def test_names_of_files(page: Page) -> None:
    page.goto("/")
    body = page.request.post("/files/json", form=dict(FIELDS)).body()
    for name, content in ((f"{EVIL[:60]} {MARK}.json", b"{"), (f"<img src=x {MARK}>.json", body)):
        page.set_input_files("#file", [{"name": name, "mimeType": "application/json", "buffer": content}])
        expect(page.locator("#busy")).to_be_hidden()
        expect(
            page.locator("#errors .failure") if content == b"{" else page.locator("#shared")
        ).to_be_visible()
        harmless(page, name, shown=content == body)


@pytest.mark.parametrize("path", ["/nowhere", "/lessons", "/s", "/embed/s", "/files", "/static"])
def test_addresses_that_are_none(page: Page, path: str) -> None:
    page.goto(f"{path}/%3Cimg%20src=x%20{MARK}%3E%E2%80%AE?example=%3Cscript%3E&theme=%22%3E{MARK}")
    harmless(page, path, shown=False)
    page.goto(f"/?example=%3Cscript%3E&view=%22%3E{MARK}&pin=%3Cimg%3E&present=1&theme={MARK}")
    harmless(page, "parameters", shown=False)
