"""A running application for the tests of the web layer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from lossmask.settings import Settings
from lossmask.web.app import create_app
from starlette.testclient import TestClient

CHAT = {
    "conversation": {
        "messages": [
            {"role": "user", "content": "give me a recipe to bake pancakes"},
            {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
        ]
    },
    "today": "2026-11-23",
}
HTML = {"accept": "text/html,application/xhtml+xml"}
HTMX = {"hx-request": "true"}


UNLIMITED = {"analyses_per_minute": 10**6, "worker_seconds_per_minute": 10**6}
"""For a test that asks more often than one client may."""


@contextmanager
def running(**settings: object) -> Iterator[TestClient]:
    """A client of an application with these settings, by name, once it takes analyses."""
    given = {"workers": 1, "hosts": "testserver", **UNLIMITED, **settings}
    environment = {f"LOSSMASK_{name.upper()}": str(value) for name, value in given.items()}
    with TestClient(create_app(Settings(environment)), raise_server_exceptions=False) as client:
        until = time.monotonic() + 60
        while client.get("/api/health").status_code != 200 and time.monotonic() < until:
            time.sleep(0.02)
        yield client
