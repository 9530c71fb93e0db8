"""The page with an analysis made by hand, in a real browser: scripts and sheets come from the server."""

from __future__ import annotations

from urllib.parse import urlsplit

from lossmask.core.analysis import Analysis
from playwright.sync_api import Page, Route

from tests.web.losses import answering

PASSED_ON = ("hx-request", "content-type")


def serve(page: Page, analysis: Analysis) -> None:
    """Every request for the page itself is answered with that analysis."""

    def answer(route: Route) -> None:
        asked = route.request
        headers = {name: asked.headers[name] for name in PASSED_ON if name in asked.headers}
        place = f"/?{urlsplit(asked.url).query}"
        with answering(analysis) as client:
            got = client.request(asked.method, place, headers=headers, content=asked.post_data_buffer or b"")
        kept = {name: value for name, value in got.headers.items() if name != "content-length"}
        route.fulfill(status=got.status_code, headers=kept, body=got.content)

    page.route(lambda url: urlsplit(url).path == "/", answer)
