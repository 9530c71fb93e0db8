"""Every error as an answer: a problem document for programs, a partial for htmx, a page for people.

What the user can mend is 422, what is too large 413, what is compressed 415, a full queue 503 with
`Retry-After`, what was asked too often 429 with it, a server of the operator that fails 502, or 504 where
it is too slow. Of snapshots: 404 for what is not there, 403 for a wrong secret and where none are stored,
507 where there is no more room, 503 where the database fails.
A fault of this program is 500 and tells nothing of its inside, which the server logs.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..errors import (
    Busy,
    EndpointError,
    LossmaskError,
    SecretRefused,
    SnapshotNotFound,
    StorageError,
    StorageFull,
    TooLarge,
    TooMany,
    Where,
)
from .jobs import ClientGone
from .middleware import headers_for
from .templating import pages

PROBLEM_JSON = "application/problem+json"
CLIENT_CLOSED_REQUEST = 499

_STATUS: Mapping[type[LossmaskError], int] = {
    TooLarge: 413,
    TooMany: 429,
    Busy: 503,
    SnapshotNotFound: 404,
    SecretRefused: 403,
    StorageFull: 507,
    StorageError: 503,
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, as RFC 9457 has it, with a stable `code` and the place where it applies."""

    status: int
    code: str
    title: str
    detail: str
    where: Where | None = None
    retry_after: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The document's members; `where` only where there is a place."""
        members: dict[str, Any] = {
            "status": self.status,
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
        }
        if self.where is not None:
            members["where"] = {"line": self.where.line, "column": self.where.column}
        return members

    @property
    def headers(self) -> dict[str, str]:
        retry = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return {"Vary": "HX-Request", "Cache-Control": "no-store", **retry}


def problem_of(error: Exception) -> Problem:
    """The problem that an exception is to a client.

    >>> problem_of(TooLarge("9 MB are too many.")).status
    413
    """
    if isinstance(error, LossmaskError):
        status = status_of(error)
        retry_after = getattr(error, "retry_after", None) if status in (429, 503) else None
        return Problem(status, error.code, error.title, error.detail, error.where, retry_after)
    if isinstance(error, RequestValidationError):
        return Problem(422, "bad-request", "The request is not valid", _first_fault(error))
    if isinstance(error, HTTPException):
        title = HTTPStatus(error.status_code).phrase
        return Problem(error.status_code, title.lower().replace(" ", "-"), title, str(error.detail))
    sentence = "This is a fault of Lossmask, not of your input. The server's log says more."
    return Problem(500, "internal-error", "Something went wrong in Lossmask", sentence)


def status_of(error: LossmaskError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, EndpointError):
        return 504 if error.code == "endpoint-timeout" else 502
    if error.code == "snapshots-off":
        return 403
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 422)


def answer(request: Request, problem: Problem) -> Response:
    """The problem in the form that this client reads."""
    if "HX-Request" in request.headers:
        return _page(request, "_partials/_error.html", problem)
    if request.url.path.startswith("/api/") or not _reads_html(request):
        body = json.dumps(problem.as_json(), ensure_ascii=False).encode()
        return Response(body, problem.status, problem.headers, media_type=PROBLEM_JSON)
    return _page(request, "error.html", problem)


def install(app: FastAPI) -> None:
    """Answer every exception of an application."""
    for kind in (LossmaskError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _handle)
    app.add_exception_handler(ClientGone, _handle_gone)
    app.add_exception_handler(Exception, _handle_fault)


async def _handle(request: Request, error: Exception) -> Response:
    if isinstance(error, StorageError) and error.reason:
        _log.error("%s %s", error.detail, error.reason)
    response = answer(request, problem_of(error))
    for name, value in (getattr(error, "headers", None) or {}).items():
        response.headers[name] = value
    return response


async def _handle_gone(request: Request, error: Exception) -> Response:
    return Response(status_code=CLIENT_CLOSED_REQUEST)


async def _handle_fault(request: Request, error: Exception) -> Response:
    response = answer(request, problem_of(error))
    # This answer is given outside of all middleware.
    response.headers.update(headers_for(request.url.path))
    return response


def _page(request: Request, name: str, problem: Problem) -> Response:
    return pages.TemplateResponse(
        request, name, {"error": problem}, status_code=problem.status, headers=problem.headers
    )


def _reads_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _first_fault(error: RequestValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][1:])
    return f"`{name}`: {first['msg']}."
