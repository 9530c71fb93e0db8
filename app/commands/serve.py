"""Serving the page: find a port, say where it is, open the browser, end without a trace."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
import webbrowser
from typing import TYPE_CHECKING, Any

from ..errors import LossmaskError

if TYPE_CHECKING:
    from ..core.files import Body
    from ..core.state import State

DEFAULT_PORT = 8000
SHUTDOWN_SECONDS = 8
"""How long answers under way may take once the server is asked to end: more than one analysis may."""

_QUIET = {"HF_HUB_DISABLE_TELEMETRY": "1", "TRANSFORMERS_VERBOSITY": "error"}


def serve(host: str, port: int | None, *, open_browser: bool, opened: Body | State | None = None) -> int:
    """Serve until interrupted, and show what was opened; gives the exit code: 2 where it cannot begin."""
    os.environ.update(_QUIET)
    try:
        app = _application(opened)
    except LossmaskError as error:
        print(f"lossmask: {error.detail}", file=sys.stderr)
        return 2
    try:
        listening = _listen(host, port)
    except OSError as error:
        print(f"lossmask: cannot listen on {host}:{port or DEFAULT_PORT}: {error.strerror}", file=sys.stderr)
        return 2
    url = _url(listening) + ("files/opened" if opened else "")
    print(f"Lossmask is at {url} (Ctrl-C ends it)", flush=True)
    if open_browser:
        threading.Thread(target=_open_when_ready, args=(listening, url), daemon=True).start()
    _run(app, listening)
    return 0


def _application(opened: Body | State | None) -> Any:
    from ..web.app import create_app

    app = create_app()
    app.state.opened = opened
    return app


def _run(app: Any, listening: socket.socket) -> None:
    import uvicorn

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Which proxies are believed is the application's own setting.
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    # uvicorn gives itself the signal anew once it has ended well, which would else be no success.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int | None) -> socket.socket:
    """A bound socket; without a port the usual one, or a free one where that is taken."""
    if port is not None:
        return _bind(host, port)
    try:
        return _bind(host, DEFAULT_PORT)
    except OSError:
        return _bind(host, 0)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, since asyncio turns off the delay of small packets only where the protocol is told to be TCP.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{host}:{port}/"


def _open_when_ready(listening: socket.socket, url: str) -> None:
    # The socket listens already, so that the browser simply waits for the first answer.
    time.sleep(0.2)
    webbrowser.open(url)
