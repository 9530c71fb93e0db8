"""A real Chromium on the really running server; skipped without Chromium, required on CI."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lossmask
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.browser.chromium import EXECUTABLE, LAUNCH
from tests.browser.server import running_server
from tests.browser.snapshots import Visit
from tests.shared import missing
from tests.web.serving import Served, served

# In milliseconds: what is expected comes at once where the machine is at leisure.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    if not EXECUTABLE.exists():
        missing(f"there is no Chromium at {EXECUTABLE} (see LOSSMASK_CHROMIUM)")
    with running_server() as address:
        yield address


@pytest.fixture(scope="module")
def browser(server: str) -> Iterator[Browser]:
    """Ended with each file: Playwright keeps an event loop running, and other tests need their own."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(**LAUNCH)
        yield launched
        launched.close()


class Watch:
    """What a page must not do: complain, fail, or ask anyone else for anything."""

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium itself notes every answer with a status of 400 and more; an error shown on the page is one.
        expected = message.text.startswith("Failed to load resource") and " 422 " in message.text
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(message.text)

    def _request(self, request: Request) -> None:
        # Told, not held up: pages whose requests are held up load everything anew each time.
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self.foreign.append(request.url)


@pytest.fixture
def context_options() -> dict[str, object]:
    """Overridden by tests that want a phone or no scripts."""
    return {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture
def page(browser: Browser, server: str, context_options: dict[str, object]) -> Iterator[Page]:
    """A page on the server; the test fails where the page complained or reached beyond this computer."""
    context = browser.new_context(base_url=server, **context_options)
    watch = Watch(context)
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    yield opened
    context.close()
    assert watch.complaints == []
    assert watch.foreign == []


@pytest.fixture
def stranger(browser: Browser, server: str) -> Iterator[Page]:
    """A page in a profile of its own."""
    context = browser.new_context(base_url=server, viewport={"width": 1440, "height": 900})
    watch = Watch(context)
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()
    assert watch.complaints == []
    assert watch.foreign == []


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server that stores has its database, and its operator's tokenizers."""
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture(scope="session")
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
