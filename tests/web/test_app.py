from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.web.client import CHAT, HTML, running

HEAVY = ("transformers", "tokenizers", "huggingface_hub", "torch")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with running() as client:
        yield client


def test_the_web_process_imports_nothing_heavy() -> None:
    """So that it starts at once, and can neither compile a chat template nor tokenize by accident."""
    program = f"import sys, lossmask.web.app; print([m for m in {HEAVY} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_the_first_page_shows_the_example_analysed(client: TestClient) -> None:
    page = client.get("/", headers=HTML)
    assert page.status_code == 200
    assert "pancakes" in page.text


@pytest.mark.parametrize("path", ["/static/htmx/htmx.min.js", "/static/css/base.css", "/static/js/main.js"])
def test_static_files_are_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example"])
def test_a_foreign_host_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/api/health", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_this_machines_own_names_are_known(host: str) -> None:
    from lossmask.settings import Settings
    from lossmask.web.app import create_app

    client = TestClient(create_app(Settings({})))
    assert client.get("/api/strategies", headers={"host": host}).status_code == 200
    assert client.get("/api/strategies").status_code == 400


def test_another_sites_page_cannot_post(client: TestClient) -> None:
    answer = client.post("/api/analyses", json=CHAT, headers={"origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_body_over_the_limit_is_an_error_on_the_page_too() -> None:
    with running(body_bytes=1_000) as client:
        answer = client.post(
            "/",
            content=b"conversation=" + b"x" * 2_000,
            headers=HTML | {"content-type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code == 413
        assert "larger than" in answer.text
