"""The real server, as a process of its own on a free port of this computer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

STARTS_WITHIN = 60.0


@contextmanager
def running_server(environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Its address, once it takes analyses; it is ended on leaving."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        _command(port), env={**os.environ, "LOSSMASK_HUB": "off", **(environment or {})}
    )
    try:
        _wait(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _command(port: int) -> list[str]:
    factory = ["lossmask.web.app:create_app", "--factory"]
    place = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    return [sys.executable, "-m", "uvicorn", *factory, *place]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with status {process.returncode}.")
        try:
            with urlopen(f"{address}/api/health", timeout=2):
                return
        except (URLError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError("The server did not come up.")
