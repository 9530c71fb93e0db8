"""Asking the operator's server: bounded in time and in bytes, never led elsewhere by a redirect.

Nothing but the address in the settings is asked: proxies and passwords of the environment are
left alone. The key goes into one header and into no message.
"""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any, NoReturn, Self

import httpx2

from ..core.parsing.scored import quoted
from ..errors import EndpointError, LossesError
from ..settings import Settings

CONNECT_SECONDS = 10.0
MESSAGE_BYTES = 64 * 2**10
MESSAGE_CHARACTERS = 200
"""Of a server's own words, in a sentence to the user."""

_MEBIBYTE = 2**20


class Client:
    """A connection to the server that `logprobs_url` names.

    >>> async with Client(settings) as client:
    ...     models = await client.ask("GET", "/v1/models", None, most_bytes=2**20)
    """

    def __init__(self, settings: Settings) -> None:
        """Raises LossesError `no-endpoint` where the operator names no server, or no address."""
        self._key = settings.text("logprobs_key").strip()
        self._seconds = settings.number("logprobs_seconds")
        self._base = _address(settings.text("logprobs_url"))
        self._http = httpx2.AsyncClient(
            headers={"Accept-Encoding": "identity", **self._authorization()},
            timeout=httpx2.Timeout(self._seconds, connect=min(self._seconds, CONNECT_SECONDS)),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def ask(self, method: str, path: str, body: Any, *, most_bytes: int) -> Any:
        """The JSON value that the server answers.

        Raises:
            EndpointError: it is out of reach, too slow, refuses, redirects, or answers too much or no JSON.
        """
        try:
            async with asyncio.timeout(self._seconds):
                content = await self._content(method, path, body, most_bytes)
        except (TimeoutError, httpx2.TimeoutException):
            sentence = (
                f"The server did not answer within {self._seconds:g} seconds (LOSSMASK_LOGPROBS_SECONDS)."
            )
            raise EndpointError(sentence, code="endpoint-timeout") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            sentence = f"The server cannot be reached, or broke off ({type(error).__name__})."
            raise EndpointError(sentence, code="endpoint-unreachable") from None
        return await asyncio.to_thread(_decoded, content)

    async def _content(self, method: str, path: str, body: Any, most_bytes: int) -> bytes:
        async with self._http.stream(method, f"{self._base}{path}", json=body) as response:
            if response.is_redirect or response.is_informational:
                _refuse_redirect(response)
            if not response.is_success:
                await self._refuse(response)
            return await _bounded(response, most_bytes)

    async def _refuse(self, response: httpx2.Response) -> NoReturn:
        message = _message(await _start(response))
        if self._key:
            message = message.replace(self._key, "…")
        said = f": {message}" if message else "."
        raise EndpointError(
            f"The server refused with status {response.status_code}{said}", code="endpoint-refused"
        )

    def _authorization(self) -> dict[str, str]:
        if not self._key:
            return {}
        if not self._key.isascii() or not self._key.isprintable():
            raise LossesError(
                "LOSSMASK_LOGPROBS_KEY has characters that no header takes.", code="no-endpoint"
            )
        return {"Authorization": f"Bearer {self._key}"}


def _address(url: str) -> str:
    """The address without a trailing `/v1`, which some write and some do not."""
    plain = url.strip().rstrip("/")
    if not plain:
        raise LossesError(
            "There is no server to ask for losses: the operator names one with LOSSMASK_LOGPROBS_URL.",
            code="no-endpoint",
        )
    if not _is_http(plain):
        raise LossesError("LOSSMASK_LOGPROBS_URL is no http or https address.", code="no-endpoint")
    return plain.removesuffix("/v1").rstrip("/")


def _is_http(url: str) -> bool:
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        return False
    return parsed.scheme in ("http", "https") and bool(parsed.host)


async def _bounded(response: httpx2.Response, most_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > most_bytes:
            raise EndpointError(
                f"The server's answer is larger than {most_bytes / _MEBIBYTE:.3g} MiB, more than these "
                "tokens can need."
            )
    return bytes(content)


async def _start(response: httpx2.Response) -> bytes:
    """What a refusal says, as far as it is read."""
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MESSAGE_BYTES:
            break
    return content[:MESSAGE_BYTES]


def _refuse_redirect(response: httpx2.Response) -> NoReturn:
    try:
        host = response.url.join(response.headers.get("location", "")).host
    except (httpx2.InvalidURL, ValueError):
        host = ""
    to = f" to {quoted(host)}" if host else ""
    raise EndpointError(
        f"The server redirects{to} (status {response.status_code}), which is not followed: only the address "
        "that the operator named is asked.",
        code="endpoint-redirect",
    )


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        start = quoted(content[:40].decode("utf-8", "replace"))
        raise EndpointError(f"The server's answer is no JSON; it begins {start}.") from None


def _message(content: bytes) -> str:
    """The words of an error answer: OpenAI's, vLLM's and SGLang's `error.message`, FastAPI's `detail`."""
    text = content.decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = text
    for name in ("error", "message", "detail"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    words = " ".join((found if isinstance(found, str) else json.dumps(found)).split())
    # Half of a surrogate pair, which JSON can escape, is no text to be sent on.
    words = words.encode("utf-8", "backslashreplace").decode()
    return words if len(words) <= MESSAGE_CHARACTERS else f"{words[:MESSAGE_CHARACTERS]}…"
