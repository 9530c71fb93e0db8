"""Whatever was answered is there after kill -9, and nothing is there by half."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from lossmask.settings import Settings
from lossmask.storage.database import reading
from lossmask.storage.store import Store
from sqlalchemy import text

from tests.shared import ROOT
from tests.storage import storing

ANSWERED = 150
"""Ids to wait for before the kill."""


@contextmanager
def storing_process(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", storing.__name__]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def answered_until_killed(environment: dict[str, str], processes: int) -> list[str]:
    """Start processes, kill them all at once while they store, and give every id they printed."""
    with ExitStack() as until:
        started = [until.enter_context(storing_process(environment)) for _ in range(processes)]
        first = [process.stdout.readline() for process in started for _ in range(ANSWERED // processes)]  # type: ignore[union-attr]
        assert [process.poll() for process in started] == [None] * processes
        for process in started:
            process.kill()
        rest = [line for process in started for line in process.stdout]  # type: ignore[union-attr]
    return [line.strip() for line in first + rest]


def check(environment: dict[str, str], answered: list[str]) -> None:
    assert len(answered) == len(set(answered)) >= ANSWERED
    with Store.open(Settings(environment)) as store:
        assert all(storing.is_whole(store.read(id).body) for id in answered)
        stored = {entry.id for entry in store.list()}
        assert stored >= set(answered)
        assert all(storing.is_whole(store.read(id).body) for id in stored)
        before = time.monotonic()
        store.create(b"{}")
        assert time.monotonic() - before < 5, "a killed process still holds the lock"
        if store._engine.dialect.name == "sqlite":
            with reading(store._engine) as connection:
                assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def test_one_process_is_killed(environment: dict[str, str]) -> None:
    check(environment, answered_until_killed(environment, 1))


def test_two_processes_on_one_postgresql_are_killed(postgresql_environment: dict[str, str]) -> None:
    check(postgresql_environment, answered_until_killed(postgresql_environment, 2))


def test_one_of_two_processes_is_killed_and_the_other_goes_on(
    postgresql_environment: dict[str, str],
) -> None:
    with (
        storing_process(postgresql_environment) as doomed,
        storing_process(postgresql_environment) as other,
    ):
        doomed_ids = [doomed.stdout.readline() for _ in range(30)]  # type: ignore[union-attr]
        doomed.kill()
        doomed_ids += list(doomed.stdout)  # type: ignore[arg-type]
        other_ids = [other.stdout.readline() for _ in range(ANSWERED)]  # type: ignore[union-attr]
        other.kill()
        other_ids += list(other.stdout)  # type: ignore[arg-type]
    check(postgresql_environment, [line.strip() for line in doomed_ids + other_ids])
