"""Hostile text in stored snapshots, in Chromium: it runs nothing, asks for nothing, and is shown as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lossmask.settings import Settings
from lossmask.storage.store import Store
from playwright.sync_api import Page, expect

from tests.browser.snapshots import Visit
from tests.web.serving import Served

HOSTILE = (
    '"\'><img src=x onerror="window.hit=1"><script>window.hit=1</script>{{ 7 * 7 }}</template></textarea>'
)
SOURCES = "all => all.map((one) => one.getAttribute('src'))"


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
            script = "/static/js/snapshot.js" if place == "/s/" else "/static/js/embed.js"
            assert page.locator("script").evaluate_all(SOURCES) == [script]
            assert "window.hit=1" in page.inner_text("body")
            assert all(
                url.startswith((f"{storing.address}/static/", f"{storing.address}{place}{one}"))
                for url in asked
            )
    page.goto(f"/s/{id}")
    page.click("text=Open as a copy")
    expect(page.locator("#copied")).to_be_visible()
    assert page.evaluate("window.hit") is None
