"""How much is tried: a little with every run of the tests, a lot with `LOSSMASK_FUZZ=thorough`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.fuzz.amount import is_thorough
from tests.web.serving import Served, served

UNLIMITED = {
    "LOSSMASK_QUEUE": "64",
    "LOSSMASK_SNAPSHOTS_PER_HOUR": "1000000",
    "LOSSMASK_SNAPSHOT_MISSES_PER_HOUR": "1000000",
}
"""Settings under which no client is told to wait."""

# Without a database of examples, a folder in the project; in short runs the same inputs each time.
settings.register_profile("short", derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile(
    "thorough",
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
settings.load_profile("thorough" if is_thorough() else "short")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The real server, whose clients may ask as often as they like."""
    database = tmp_path_factory.mktemp("fuzz") / "snapshots.sqlite3"
    with served({**UNLIMITED, "LOSSMASK_DATABASE": str(database)}) as started:
        yield started
