"""A small imitation of the Hugging Face Hub on loopback, serving folders as repositories.

What is covered: describing a model at a revision with the sizes of its files, and giving
files out; repositories that are missing, gated, renamed, slow, or that lie about a size.
What is not covered: everything else; any other address is answered 404.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest


@dataclass
class Hub:
    """What the imitation serves; tests set it, and read `requests` afterwards."""

    address: str = ""
    folders: dict[str, Path] = field(default_factory=dict)
    revisions: dict[str, str] = field(default_factory=dict)
    """Other names for the one commit each repository has, such as a tag."""
    gated: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)
    claimed_sizes: dict[str, int] = field(default_factory=dict)
    """Sizes to tell instead of the true ones, by file name."""
    seconds_per_chunk: float = 0.0
    token: str | None = None
    """The token that opens the gated repositories."""
    requests: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)

    def serve(self, model: str, folder: Path) -> None:
        """Offer a folder as a repository."""
        self.folders[model] = folder

    def serve_all(self, root: Path) -> None:
        """Offer every folder `ORG__NAME` under `root` as the repository `ORG/NAME`."""
        for folder in sorted(root.iterdir()):
            if folder.is_dir():
                self.serve(folder.name.replace("__", "/"), folder)

    def commit(self, model: str) -> str:
        """The commit of a repository: 40 hexadecimal digits that depend on its name."""
        return hashlib.sha1(model.encode()).hexdigest()

    def has_revision(self, model: str, revision: str) -> bool:
        return revision in {"main", self.commit(model), self.revisions.get(model)}


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append(path)
        self.hub.tokens.append(self.headers.get("Authorization"))
        if path.startswith("/api/models/"):
            model, _, revision = path.removeprefix("/api/models/").partition("/revision/")
            return self._describe(model, revision or "main")
        model, _, rest = path.removeprefix("/").partition("/resolve/")
        revision, _, name = rest.partition("/")
        return self._give(model, revision, name)

    def _describe(self, model: str, revision: str) -> None:
        if model in self.hub.renamed:
            return self._redirect(f"/api/models/{self.hub.renamed[model]}?blobs=true")
        if model not in self.hub.folders:
            # The Hub does not tell a missing repository from a private one.
            return self._refuse(401, None, "Invalid username or password.")
        if not self.hub.has_revision(model, revision):
            return self._refuse(404, "RevisionNotFound", "Invalid rev id")
        return self._json(self._model(model))

    def _model(self, model: str) -> dict[str, Any]:
        folder = self.hub.folders[model]
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        siblings = [self._sibling(path, folder) for path in paths]
        return {"id": model, "modelId": model, "sha": self.hub.commit(model), "siblings": siblings}

    def _sibling(self, path: Path, folder: Path) -> dict[str, Any]:
        name = path.relative_to(folder).as_posix()
        return {"rfilename": name, "size": self.hub.claimed_sizes.get(name, path.stat().st_size)}

    def _give(self, model: str, revision: str, name: str) -> None:
        model = self.hub.renamed.get(model, model)
        folder = self.hub.folders.get(model)
        if folder is None or not self.hub.has_revision(model, revision):
            return self._refuse(404, "RepoNotFound", "Repository not found")
        if model in self.hub.gated and not self._may_pass():
            return self._refuse(403, "GatedRepo", "Access to this model is restricted")
        if not (folder / name).is_file():
            return self._refuse(404, "EntryNotFound", "Entry not found")
        return self._send(200, (folder / name).read_bytes(), {})

    def _may_pass(self) -> bool:
        return self.hub.token is not None and self.headers.get("Authorization") == f"Bearer {self.hub.token}"

    def _json(self, value: dict[str, Any]) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _refuse(self, status: int, code: str | None, message: str) -> None:
        headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
        self._send(status, json.dumps({"error": message}).encode(), headers)

    def _redirect(self, to: str) -> None:
        self._send(307, b"", {"Location": to})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self._write(body)

    def _write(self, body: bytes) -> None:
        step = 64 * 1024
        try:
            for start in range(0, len(body), step):
                time.sleep(self.hub.seconds_per_chunk)
                self.wfile.write(body[start : start + step])
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal of a test run."""


@contextmanager
def running_hub() -> Iterator[Hub]:
    """The imitation on a free port of 127.0.0.1, until the block ends."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A running imitation that `HF_ENDPOINT` leads to; import it into a conftest to use it."""
    with running_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        yield running
