"""Small files, sent as Starlette would send them."""

from __future__ import annotations

from pathlib import Path

import pytest
from lossmask.web.static_files import SmallFiles
from starlette.applications import Starlette
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    (tmp_path / "a.css").write_text("b { color: red }")
    app = Starlette()
    app.mount("/small", SmallFiles(directory=tmp_path))
    app.mount("/usual", StaticFiles(directory=tmp_path))
    return TestClient(app)


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=2-5"}, {"range": "bytes=99-"}])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_answers_are_starlettes(client: TestClient, method: str, headers: dict[str, str]) -> None:
    small, usual = (client.request(method, f"/{way}/a.css", headers=headers) for way in ("small", "usual"))
    assert small.status_code == usual.status_code
    assert small.content == usual.content
    assert dict(small.headers) == dict(usual.headers)


def test_what_is_unchanged_is_not_sent_again(client: TestClient) -> None:
    tag = client.get("/small/a.css").headers["etag"]
    again = client.get("/small/a.css", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/small/none.css", "/small/../conftest.py", "/small/%00"])
def test_what_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
