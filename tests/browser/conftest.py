"""A real Chromium on the really running server; skipped without Chromium, required on CI."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, sync_playwright

from tests.browser.chromium import EXECUTABLE, LAUNCH
from tests.browser.server import running_server
from tests.shared import missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser, and comes last: Playwright leaves an event loop running."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    if not EXECUTABLE.exists():
        missing(f"there is no Chromium at {EXECUTABLE} (see LOSSMASK_CHROMIUM)")
    with running_server() as address:
        yield address


@pytest.fixture(scope="session")
def browser(server: str) -> Iterator[Browser]:
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
        context.route("**/*", self._route)

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium itself notes every answer with a status of 400 and more; an error shown on the page is one.
        expected = message.text.startswith("Failed to load resource") and " 422 " in message.text
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(message.text)

    def _route(self, route: Route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
            return
        self.foreign.append(route.request.url)
        route.abort()


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
