"""Both databases, a fresh one for each test, and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lossmask.settings import Settings
from lossmask.storage.store import Store

from tests.storage.postgres import new_database, running_postgres


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    with running_postgres() as address:
        yield address


@pytest.fixture
def sqlite_environment(tmp_path: Path) -> dict[str, str]:
    return {"LOSSMASK_DATABASE": str(tmp_path / "snapshots" / "lossmask.sqlite3")}


@pytest.fixture
def postgresql_environment(postgres: str) -> dict[str, str]:
    return {"LOSSMASK_DATABASE_URL": new_database(postgres)}


@pytest.fixture(params=["sqlite", "postgresql"])
def environment(request: pytest.FixtureRequest) -> dict[str, str]:
    """What an operator sets for a fresh database, once for each kind."""
    named: dict[str, str] = request.getfixturevalue(f"{request.param}_environment")
    return named


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(environment: dict[str, str], clock: Clock) -> Iterator[Store]:
    with Store.open(Settings(environment), clock) as opened:
        yield opened
