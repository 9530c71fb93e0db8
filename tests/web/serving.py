"""The real server as processes of their own, whose every word is kept, and which a test may kill."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

STARTS_WITHIN = 60.0


@dataclass(frozen=True)
class Served:
    """A server under way: where it is, and what it has said so far."""

    address: str
    process: subprocess.Popen[bytes]
    words: Path

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def said(self) -> str:
        """Both of its output streams."""
        return self.words.read_text(encoding="utf-8")

    def kill(self) -> None:
        """End the server alone, at once and without a word, as `kill -9` does."""
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(
    environment: Mapping[str, str], host: str = "127.0.0.1", app: str = "lossmask.web.app:create_app"
) -> Iterator[Served]:
    """A server that logs all it can; `{address}` in the environment stands for its own address.

    It works out every answer anew unless told otherwise, so that a load on it is a load on its workers.
    On leaving, it and its workers are ended.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    given = {name: value.replace("{address}", address) for name, value in environment.items()}
    command = [sys.executable, "-m", "uvicorn", app, "--factory"]
    place = ["--host", host, "--port", str(port), "--log-level", "trace"]
    with tempfile.TemporaryDirectory(prefix="lossmask-served-") as folder:
        words = Path(folder) / "words"
        home = {"XDG_DATA_HOME": folder, "XDG_CACHE_HOME": folder, "LOSSMASK_HUB": "off"}
        home["LOSSMASK_ANSWERS_MEGABYTES"] = "0"
        with words.open("wb") as file:
            process = subprocess.Popen(
                [*command, *place],
                env={**os.environ, **home, **given},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait(address, process)
            yield Served(address, process, words)
        finally:
            # The group, since workers outlive a server that was killed for a moment.
            for sign in (signal.SIGTERM, signal.SIGKILL):
                _tell(process.pid, sign)
                if sign == signal.SIGTERM:
                    _wait_for_end(process)


def wait(address: str, process: subprocess.Popen[bytes]) -> None:
    """Until analyses are taken."""
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


def _tell(group: int, sign: signal.Signals) -> None:
    try:
        os.killpg(group, sign)
    except ProcessLookupError:
        return


def _wait_for_end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        return
