"""The real server, as a process of its own on a free port of this computer."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.web.serving import free_port, wait


@contextmanager
def running_server(environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Its address, once it takes analyses; it is ended on leaving."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        _command(port), env={**os.environ, "LOSSMASK_HUB": "off", **(environment or {})}
    )
    try:
        wait(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _command(port: int) -> list[str]:
    factory = ["lossmask.web.app:create_app", "--factory"]
    place = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    return [sys.executable, "-m", "uvicorn", *factory, *place]
