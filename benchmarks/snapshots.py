"""What opening a snapshot costs among 10,000, over what it costs where there is no other.

Both stores are opened in one run and read by turns, since the speed of a machine drifts; every
read takes another snapshot, in no order. Bodies are about 20 KB of JSON that does not compress
well. It exits with 1 where the ratio of the medians or of the 99th percentiles is too large.
With `--pages` a read is `GET /s/ID` of a real server on each store, and every body an analysis.

    python benchmarks/snapshots.py [--snapshots 10000] [--reads 10000] [--database sqlite] [--pages]
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import TypeAlias

from lossmask.core.files.body import Body, state_of_request
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.settings import Settings
from lossmask.storage.store import Store

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.storage.postgres import new_database, running_postgres
from tests.web.serving import served

Environment: TypeAlias = dict[str, str]
Read: TypeAlias = Callable[[str], float]

BYTES = 20_000
MOST = 1.5


def body() -> bytes:
    """JSON of about 20 KB, half of which compression takes away."""
    return json.dumps({"text": secrets.token_hex(BYTES // 2)}).encode()


@contextmanager
def databases(kind: str) -> Iterator[list[Environment]]:
    """Two fresh databases of a kind, as an operator names them."""
    if kind == "postgresql":
        with running_postgres() as server:
            yield [{"LOSSMASK_DATABASE_URL": new_database(server)} for _ in range(2)]
        return
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("many.sqlite3", "one.sqlite3")]
        yield [{"LOSSMASK_DATABASE": str(file)} for file in files]


def page_body() -> bytes:
    """A finished analysis of a short conversation, as the page stores it."""
    messages = [{"role": role, "content": "one pan, two eggs " * 20} for role in ("user", "assistant")]
    asked = AnalysisRequest.from_json({"conversation": {"messages": messages}})
    analysis = analyse(asked)
    return Body(state_of_request(asked, analysis), analysis, asked.conversation).text().encode()


@contextmanager
def readers(stores: list[Store], environments: list[Environment], pages: bool) -> Iterator[list[Read]]:
    """For each database what opens a snapshot by its id and tells how long that took."""
    if not pages:
        yield [partial(milliseconds, store) for store in stores]
        return
    with ExitStack() as until:
        servers = [until.enter_context(served({"LOSSMASK_WORKERS": "1", **one})) for one in environments]
        yield [partial(page_milliseconds, HTTPConnection("127.0.0.1", server.port)) for server in servers]


def page_milliseconds(connection: HTTPConnection, id: str) -> float:
    """How long one page takes over a connection that is kept open."""
    start = time.perf_counter()
    connection.request("GET", f"/s/{id}", headers={"Accept": "text/html"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"The server answered with status {answer.status}.")
    return (time.perf_counter() - start) * 1e3


def milliseconds(store: Store, id: str) -> float:
    """How long one takes to open."""
    start = time.perf_counter()
    store.read(id)
    return (time.perf_counter() - start) * 1e3


def filled(stores: list[Store], count: int, make: Callable[[], bytes]) -> tuple[list[str], str]:
    """The ids of the first store, which then holds `count`, and the one of the second."""
    full, empty = stores
    return [full.create(make()).id for _ in range(count)], empty.create(make()).id


def measured(reads: list[Read], names: list[str], single: str, count: int) -> tuple[list[float], list[float]]:
    """The times of both, by turns."""
    read_full, read_empty = reads
    for id in names[:50]:
        read_full(id), read_empty(single)
    chance = random.Random(7)
    among, alone = [], []
    for _ in range(count):
        among.append(read_full(chance.choice(names)))
        alone.append(read_empty(single))
    return among, alone


def percentile_99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


def main() -> None:
    """Measure, print, and fail above the limit."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--snapshots", type=int, default=10_000)
    parser.add_argument("--reads", type=int, default=10_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--pages", action="store_true", help="time GET /s/ID of a real server")
    given = parser.parse_args()
    page = page_body() if given.pages else b""
    with ExitStack() as until:
        environments = until.enter_context(databases(given.database))
        stores = [until.enter_context(Store.open(Settings(one))) for one in environments]
        names, single = filled(stores, given.snapshots, (lambda: page) if given.pages else body)
        reads = until.enter_context(readers(stores, environments, given.pages))
        among, alone = measured(reads, names, single, given.reads)
        size = stores[0].usage().size / 2**20
    ratios = []
    print(
        f"{given.database}: {given.snapshots:,} snapshots, {size:.0f} MiB compressed; {given.reads:,} reads"
    )
    for name, value in (("median", statistics.median), ("99th percentile", percentile_99)):
        ratios.append(value(among) / value(alone))
        print(
            f"{name:16} among {value(among):6.3f} ms, alone {value(alone):6.3f} ms, "
            f"ratio {ratios[-1]:.2f} (at most {MOST})"
        )
    raise SystemExit(max(ratios) > MOST)


if __name__ == "__main__":
    main()
