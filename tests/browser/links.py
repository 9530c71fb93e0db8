"""What tests of links share: making one, listening on the wire, packing by hand."""

from __future__ import annotations

import base64
import json
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

SECRET = "Zebra crossing at midnight"


def chat(text: str = SECRET) -> str:
    return json.dumps(
        [{"role": "user", "content": "what did you see?"}, {"role": "assistant", "content": text}]
    )


def paste(page: Page, text: str) -> None:
    page.fill("#conversation", text)
    page.click("#analyse")
    expect(page.locator("#tokens")).to_contain_text("Zebra")


def made_link(page: Page) -> str:
    page.click("#open-share")
    expect(page.locator("#share")).to_be_visible()
    expect(page.locator("#share-link")).not_to_have_value("")
    link = page.input_value("#share-link")
    page.click("#share >> text=Close")
    return link


def state_of(page: Page) -> dict[str, object]:
    found: dict[str, object] = json.loads(
        page.evaluate("document.getElementById('share-state').content.textContent")
    )
    return found


def seen_by_server(page: Page) -> list[str]:
    """Every request that the page makes from now on, but for that of its icon."""
    sent: list[str] = []
    page.on("request", lambda one: sent.append(f"{one.url} {one.post_data or ''}"))
    return sent


@contextmanager
def overheard(server: str) -> Iterator[tuple[str, list[bytes]]]:
    """An address that leads to the server, and every byte that is sent there."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_listen, args=(listener, urlsplit(server).port, heard), daemon=True).start()
    with listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard


def _listen(listener: socket.socket, port: int | None, heard: list[bytes]) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            beyond = socket.create_connection(("127.0.0.1", port or 80))
            for ends in ((client, beyond, heard), (beyond, client, [])):
                threading.Thread(target=_pass_on, args=ends, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, heard: list[bytes]) -> None:
    with suppress(OSError), source, target:
        while data := source.recv(65536):
            heard.append(data)
            target.sendall(data)


def packed(text: bytes) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return in_base64(packer.compress(text) + packer.flush())


def in_base64(data: bytes) -> str:
    return f"v1.{base64.urlsafe_b64encode(data).rstrip(b'=').decode()}"
