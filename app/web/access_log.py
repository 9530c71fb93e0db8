"""Keeps strangers' words out of the web server's log: ids of snapshots in paths, and what exceptions say.

Covered: uvicorn's access log, what it traces at its finest level, and every exception that it or asyncio
logs, of which the kind and the place are left; in every process that makes the application. Bodies and
headers it does not log at all. Not covered: the log of a proxy in front of it, which is the operator's.
"""

from __future__ import annotations

import logging
import re

from ..engine.traces import trace_of

ACCESS, TRACE, FAULTS, TASKS = "uvicorn.access", "uvicorn.asgi", "uvicorn.error", "asyncio"
HIDDEN = "…"

_BEHIND = re.compile(r"^(/+(?:s|embed/s|api/snapshots)/+)[^?]*?(/manage)?(?:\?.*)?$", re.IGNORECASE)
_ADDRESS = re.compile(r"^(/+oembed)\?.*$", re.IGNORECASE)
_SAID = re.compile(r"[\n(]")
_ANYWHERE = re.compile(r"[2-9b-df-hjkmnp-tv-xz]{16,}")
"""Symbols of an id, at least as many as it has."""


def hide_words() -> None:
    """Mask what is logged from now on; further calls change nothing."""
    for name, kind in ((ACCESS, _HidePaths), (TRACE, _HideIds), (FAULTS, _HideFaults), (TASKS, _HideFaults)):
        logger = logging.getLogger(name)
        if not any(isinstance(known, kind) for known in logger.filters):
            logger.addFilter(kind())


def masked(path: str) -> str:
    """A path with its query as the log may have it.

    >>> masked("/s/k7w3czqtd9mh2xv5?page=2"), masked("/oembed?url=http%3A%2F%2F…"), masked("/docs")
    ('/s/…', '/oembed?…', '/docs')
    """
    behind, address = _BEHIND.match(path), _ADDRESS.match(path)
    if behind:
        return f"{behind[1]}{HIDDEN}{behind[2] or ''}"
    if address:
        return f"{address[1]}?{HIDDEN}"
    return _ANYWHERE.sub(HIDDEN, path)


class _HidePaths(logging.Filter):
    """uvicorn's arguments are client, method, path with query, version and status."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(masked(part) if isinstance(part, str) else part for part in record.args)
        return True


class _HideIds(logging.Filter):
    """A trace quotes whole values, wherever an id may be in them."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _ANYWHERE.sub(HIDDEN, record.getMessage()), None
        return True


class _HideFaults(logging.Filter):
    """What was being done begins the first line; all else quotes what it was done with."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record.msg, record.args = _SAID.split(record.getMessage(), maxsplit=1)[0], None
            record.exc_info, record.exc_text = None, trace_of(error)
        return True
