"""What every request passes: security headers, the same-origin rule, the size of its body.

Covered: other sites' pages that post to this server (`Sec-Fetch-Site`, else `Origin`, as Go's
`CrossOriginProtection` has it), framing, foreign scripts, referrers, endless bodies, and compressed ones,
which could hold anything. A foreign `Host`, as in DNS rebinding, is refused by Starlette's
TrustedHostMiddleware.
Not covered: who may use the server. There are no users and no cookies.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import TooLarge


def _policy(frame_ancestors: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {frame_ancestors}",
        )
    )


CONTENT_SECURITY_POLICY = _policy("'none'")

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

PRIVATE = ("/s/", "/embed", "/api/snapshots", "/oembed")
"""Where addresses name a snapshot: kept by nobody on the way, and listed by no search engine."""

PRIVATE_HEADERS = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}

FRAMED = "/embed"

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

Refuse: TypeAlias = Callable[[Request], Awaitable[Response]]
"""The answer in place of what was asked for."""


class SecurityHeaders:
    """Adds `HEADERS` to every answer; to one about a snapshot, what keeps it private.

    Pages of `frame_ancestors` may show `/embed` in a frame, and nothing else.
    """

    def __init__(self, app: ASGIApp, frame_ancestors: str = "'none'") -> None:
        self.app = app
        self.framed = {"Content-Security-Policy": _policy(frame_ancestors)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        headers = self._headers(scope["path"])

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _headers(self, path: str) -> dict[str, str]:
        framed = self.framed if path == FRAMED or path.startswith(f"{FRAMED}/") else {}
        return {**headers_for(path), **framed}


def headers_for(path: str) -> dict[str, str]:
    """What an answer at this path has, whatever it says."""
    return {**HEADERS, **(PRIVATE_HEADERS if path.startswith(PRIVATE) else {})}


class SameOrigin:
    """Refuses a request that changes something and comes from another site's page.

    Programs send neither header and pass; a browser always sends one.
    """

    def __init__(self, app: ASGIApp, refuse: Refuse) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_same_origin(scope["method"], Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        response = await self.refuse(Request(scope, receive))
        await response(scope, receive, send)


class PlainBodies:
    """Refuses a body that is compressed, since a few bytes of it can become gigabytes."""

    def __init__(self, app: ASGIApp, refuse: Refuse) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_plain(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        response = await self.refuse(Request(scope, receive))
        await response(scope, receive, send)


def is_plain(headers: Headers) -> bool:
    """Whether a body is what it says.

    >>> is_plain(Headers({"content-encoding": "gzip"}))
    False
    """
    return headers.get("content-encoding", "").strip().lower() in ("", "identity")


def is_same_origin(method: str, headers: Headers) -> bool:
    """Whether a request may change something.

    >>> is_same_origin("POST", Headers({"host": "localhost", "origin": "https://evil.example"}))
    False
    """
    if method in SAFE_METHODS:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


class BodyLimit:
    """Stops reading a body that is larger than `limit` bytes, by raising `TooLarge` into the route."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        read = 0

        async def receive_with_limit() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if max(read, _declared(scope)) > self.limit and message["type"] == "http.request":
                raise TooLarge(f"The request's body is larger than {self.limit / 2**20:g} MiB.")
            return message

        await self.app(scope, receive_with_limit, send)


def _declared(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0
