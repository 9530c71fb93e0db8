"""`kill -9` of the real server while 200 clients store: what was answered opens, nothing is half there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.request import urlopen

import pytest
from lossmask.core.digest import digest
from lossmask.settings import Settings
from lossmask.storage.store import Store
from lossmask.web.snapshot_body import read_stored

from tests.storage.postgres import new_database, running_postgres
from tests.web.serving import Served, served

CLIENTS = 200
ANSWERED = 60
"""Ids to wait for before the kill; the others are under way then."""

ROOMY = {"LOSSMASK_QUEUE": "1000", "LOSSMASK_SNAPSHOTS_PER_HOUR": "1000000"}


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with running_postgres() as address:
        yield address


class Clients:
    """200 threads, each of which stores until its server is gone; every id that was answered is noted."""

    def __init__(self, servers: Sequence[Served]) -> None:
        self.answered: list[str] = []
        self.refused: list[int] = []
        self.enough = threading.Event()
        self._threads = [
            threading.Thread(target=self._store, args=(number, servers[number % len(servers)].port))
            for number in range(CLIENTS)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads)

    def _store(self, number: int, port: int) -> None:
        messages = [
            {"role": "user", "content": f"client {number} asks"},
            {"role": "assistant", "content": f"so it is told {number} times " * 20},
        ]
        body = json.dumps({"request": {"conversation": {"messages": messages}}})
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            while True:
                try:
                    connection.request("POST", "/api/snapshots", body)
                    answer = connection.getresponse()
                    told = answer.read()
                except (OSError, HTTPException):
                    return
                self._note(answer.status, told)

    def _note(self, status: int, told: bytes) -> None:
        if status != 201:
            self.refused.append(status)
            return
        self.answered.append(json.loads(told)["id"])
        if len(self.answered) >= ANSWERED:
            self.enough.set()


def stored_until_killed(environment: Mapping[str, str], servers: int) -> Clients:
    """Start servers on one database, kill all of them while clients store, and give what these were told."""
    with ExitStack() as until:
        started = [until.enter_context(served({**ROOMY, **environment})) for _ in range(servers)]
        clients = Clients(started)
        clients.start()
        assert clients.enough.wait(60)
        for server in started:
            server.kill()
        clients.join()
    return clients


def check(environment: dict[str, str], clients: Clients) -> None:
    answered = clients.answered
    assert len(answered) == len(set(answered)) >= ANSWERED
    with served(environment) as server:
        for id in answered:
            with urlopen(f"{server.address}/s/{id}") as page:
                assert b"so" in page.read()
    with Store.open(Settings(environment)) as store:
        stored = [entry.id for entry in store.list()]
        assert set(stored) >= set(answered)
        for id in stored:
            body = read_stored(store.read(id).body)
            assert body.state.digest == digest(body.analysis)


def test_sqlite(tmp_path: Path) -> None:
    environment = {"LOSSMASK_DATABASE": str(tmp_path / "snapshots.sqlite3")}
    check(environment, stored_until_killed(environment, 1))


def test_postgresql(postgres: str) -> None:
    environment = {"LOSSMASK_DATABASE_URL": new_database(postgres)}
    check(environment, stored_until_killed(environment, 1))


def test_two_servers_on_one_postgresql(postgres: str) -> None:
    environment = {"LOSSMASK_DATABASE_URL": new_database(postgres)}
    clients = stored_until_killed(environment, 2)
    check(environment, clients)
