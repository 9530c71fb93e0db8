"""Takes the pictures of the README from the really running server, in a real Chromium.

    python scripts/screenshots.py

Writes light.png, dark.png, projector.png, phone.png and matrix.png into docs/screenshots.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.browser.chromium import LAUNCH
from tests.browser.server import running_server

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"

CONVERSATION = [
    {"role": "user", "content": "give me a recipe to bake pancakes"},
    {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
    {"role": "user", "content": "and for how long?"},
    {"role": "assistant", "content": "two minutes a side 🥞"},
]


@dataclass(frozen=True)
class Shot:
    """One picture: its file's name, the theme, and the size of the window."""

    name: str
    theme: str
    width: int = 1440
    height: int = 900
    matrix: bool = False


SHOTS = (
    Shot("light", "light"),
    Shot("dark", "dark"),
    Shot("projector", "projector"),
    Shot("phone", "light", 390, 844),
    Shot("matrix", "light", matrix=True),
)


def as_pasted(messages: list[dict[str, str]]) -> str:
    """One field a line, as the page's own examples are written."""
    rows = (
        f'  {{"role": {json.dumps(message["role"])},\n'
        f'   "content": {json.dumps(message["content"], ensure_ascii=False)}}}'
        for message in messages
    )
    return "[\n" + ",\n".join(rows) + "\n]"


def prepare(page: Page, shot: Shot) -> None:
    """The conversation analysed, and a token of the first answer pinned."""
    page.goto(f"/?theme={shot.theme}")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.evaluate(
            "(text) => { const box = document.getElementById('conversation'); box.value = text;"
            " box.form.requestSubmit(); }",
            as_pasted(CONVERSATION),
        )
    page.locator("#tokens .turn").nth(4).wait_for()
    page.locator("#tokens b.t", has_text="pan").first.click()
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(shot.width - 5, shot.height - 5)


def prepare_matrix(page: Page, shot: Shot) -> None:
    """Every framework over a conversation with thinking in it."""
    page.goto(f"/matrix?example=thinking&theme={shot.theme}")
    page.locator(".matrix tbody tr").last.wait_for()


def take(browser: Browser, address: str, shot: Shot) -> None:
    """One picture into the folder."""
    size = {"width": shot.width, "height": shot.height}
    context = browser.new_context(base_url=address, viewport=size)
    page = context.new_page()
    if shot.matrix:
        prepare_matrix(page, shot)
    else:
        prepare(page, shot)
    # Playwright hides carets with a style of its own, which the page's policy refuses.
    page.screenshot(path=FOLDER / f"{shot.name}.png", caret="initial", full_page=shot.matrix)
    context.close()


def main() -> None:
    """All of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running_server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        for shot in SHOTS:
            take(browser, address, shot)
        browser.close()


if __name__ == "__main__":
    main()
