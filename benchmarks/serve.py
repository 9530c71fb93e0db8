"""What the server answers in a second under a mixed load, beside an endpoint that only encodes the same text.

Four measures, each by turns with what it is compared with, round after round, since the speed of a machine
drifts: small analyses, every one worked out, beside a bare FastAPI endpoint that encodes the same rendered
text in its own process with the same tokenizer; the same analysis asked for again, by a server that may give
an answer twice; a mixed load (small analyses, a long one, pages, snapshots) by itself; and that same load
while another client sends chat templates that never end, one after another, so that one worker is always
being bombed. Servers, clients and all share this machine. Exits with 1 where an aim is missed, to which
answers that were given again do not count.
Processor time is that of a server and its workers, for each answer; unlike seconds it hardly depends on what
else the machine is at.

    python benchmarks/serve.py [--clients 8] [--seconds 5] [--rounds 3] [--workers 2]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeAlias

from fastapi import FastAPI
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from pydantic import BaseModel
from tokenizers import Tokenizer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.hostile.templates.time import NESTED
from tests.web.serving import free_port, wait

ROOT = Path(__file__).resolve().parents[1]

LEAST = 0.6
"""Of the bare endpoint's throughput."""
MOST = 3.0
"""Of the 99th percentile without a bomb."""

SMALL = {
    "chat_template": "bundled:llama-3",
    "conversation": {
        "messages": [
            {"role": "user", "content": "give me a recipe to bake pancakes"},
            {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
        ]
    },
    "today": "2026-11-23",
}
TURN = "one pan, two eggs, three spoons of flour, and patience. " * 20
LONG = {
    **SMALL,
    "conversation": {
        "messages": [{"role": ("user", "assistant")[n % 2], "content": TURN} for n in range(40)]
    },
}
BOMB = {**SMALL, "chat_template": NESTED}
JSON = {"Content-Type": "application/json"}
HTML = {"Accept": "text/html"}


class Text(BaseModel):
    """What the bare endpoint takes."""

    text: str


def bare() -> FastAPI:
    """An endpoint as one writes it that only encodes: the tokenizer loaded once, in its own process."""
    app = FastAPI()
    tokenizer = Tokenizer.from_file(str(ROOT / "app" / "tokenization" / "bundled" / "tokenizer.json"))

    @app.get("/api/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/encode")
    async def encode(asked: Text) -> dict[str, list[int]]:
        return {"input_ids": tokenizer.encode(asked.text, add_special_tokens=False).ids}

    return app


@dataclass(frozen=True)
class Server:
    """Where one listens, and its process."""

    port: int
    process: int


@dataclass(frozen=True)
class Ask:
    """One request; `name` is what the figures are told by."""

    name: str
    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def post(name: str, path: str, value: object) -> Ask:
    return Ask(name, "POST", path, json.dumps(value).encode(), JSON)


Draw: TypeAlias = Callable[[random.Random], Ask]


@dataclass
class Load:
    """What clients saw in one stretch of time."""

    seconds: float = 0.0
    processor: float = 0.0
    """Seconds of processor time that the server and its workers took meanwhile."""
    times: dict[str, list[float]] = field(default_factory=dict)
    refused: Counter[int] = field(default_factory=Counter)

    def note(self, name: str, seconds: float) -> None:
        self.times.setdefault(name, []).append(seconds * 1e3)

    def add(self, other: Load) -> None:
        for name, times in other.times.items():
            self.times.setdefault(name, []).extend(times)
        self.refused += other.refused

    @property
    def all(self) -> list[float]:
        return [time for times in self.times.values() for time in times]

    @property
    def throughput(self) -> float:
        """Answers in a second."""
        return len(self.all) / self.seconds


def percentile_99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98] if len(times) > 1 else max(times, default=0.0)


def asked(connection: HTTPConnection, ask: Ask) -> int:
    connection.request(ask.method, ask.path, ask.body, dict(ask.headers))
    answer = connection.getresponse()
    answer.read()
    return answer.status


def loaded(server: Server, draw: Draw, clients: int, seconds: float) -> Load:
    """So many clients for so many seconds, each of which asks again as soon as it is answered."""
    loads, end = [Load() for _ in range(clients)], time.perf_counter() + seconds

    def client(number: int) -> None:
        chance, load = random.Random(number), loads[number]
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        while (began := time.perf_counter()) < end:
            ask = draw(chance)
            status = asked(connection, ask)
            if status in (200, 201):
                load.note(ask.name, time.perf_counter() - began)
            else:
                load.refused[status] += 1
        connection.close()

    began, spent = time.perf_counter(), processor_seconds(server.process)
    in_threads([lambda number=number: client(number) for number in range(clients)])  # type: ignore[misc]
    together = Load(time.perf_counter() - began, processor_seconds(server.process) - spent)
    for load in loads:
        together.add(load)
    return together


def processor_seconds(process: int) -> float:
    """What a process and all that it started have taken."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        lists = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        return 0.0
    # Its own, and that of children that ended, as bombed workers do.
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(child)) for text in lists for child in text.split())


def in_threads(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def bombing(server: Server) -> Iterator[None]:
    """One worker at what never ends, again and again."""
    over = threading.Event()

    def bomb() -> None:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        while not over.is_set():
            asked(connection, post("bomb", "/api/analyses", BOMB))
        connection.close()

    thread = threading.Thread(target=bomb)
    thread.start()
    time.sleep(0.5)
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def serving(application: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """An application under uvicorn."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", application, "--factory", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}) as process:
        try:
            wait(f"http://127.0.0.1:{port}", process)
            yield Server(port, process.pid)
        finally:
            process.terminate()


def stored(server: Server) -> str:
    """The id of a snapshot of a small analysis."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/api/snapshots", json.dumps({"request": SMALL}), JSON)
    told: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return str(told["id"])


def mixed(id: str) -> Draw:
    """Of a hundred requests 70 small analyses, 2 long ones, 18 pages, 10 snapshots."""
    asks = (
        post("small analysis", "/api/analyses", SMALL),
        post("long analysis", "/api/analyses", LONG),
        Ask("page", "GET", "/", None, HTML),
        Ask("snapshot", "GET", f"/api/snapshots/{id}"),
        Ask("snapshot page", "GET", f"/s/{id}", None, HTML),
    )
    return lambda chance: chance.choices(asks, weights=(70, 2, 18, 5, 5))[0]


def shown(title: str, load: Load) -> None:
    """One measure, and what it is made of."""
    refused = f"; refused {dict(load.refused)}" if load.refused else ""
    each = load.processor / len(load.all) * 1e3
    print(f"{title}: {load.throughput:,.0f} a second, {each:.2f} ms of processor time each{refused}")
    rows = load.times.items() if len(load.times) > 1 else ()
    for name, times in (*rows, ("together", load.all)):
        print(
            f"    {name:16} {len(times):>7,}  p50 {statistics.median(times):8.1f} ms"
            f"  p99 {percentile_99(times):8.1f} ms"
        )


def spread(name: str, ratios: list[float], aim: str) -> float:
    """Print the ratios of all rounds; gives their median."""
    middle = statistics.median(ratios)
    print(f"{name}: {middle:.2f} (from {min(ratios):.2f} to {max(ratios):.2f}; aim: {aim})")
    return middle


@dataclass
class Measured:
    """All rounds of both comparisons."""

    throughputs: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    tails: list[float] = field(default_factory=list)

    def round(
        self, ours: Server, sharing: Server, theirs: Server, given: argparse.Namespace, id: str
    ) -> None:
        """One round: small analyses and bare encoding, then the mixed load without and with a bomb."""
        text = analyse(AnalysisRequest.from_json(SMALL)).examples[0].example.rendering.text
        small, encode = post("small", "/api/analyses", SMALL), post("encode", "/encode", {"text": text})
        alone = loaded(ours, lambda chance: small, given.clients, given.seconds)
        plain = loaded(theirs, lambda chance: encode, given.clients, given.seconds)
        again = loaded(sharing, lambda chance: small, given.clients, given.seconds)
        quiet = loaded(ours, mixed(id), given.clients, given.seconds)
        with bombing(ours):
            bombed = loaded(ours, mixed(id), given.clients, given.seconds)
        for title, load in (
            ("small analyses", alone),
            ("bare encoding", plain),
            ("the same analysis again", again),
            ("mixed load", quiet),
            ("mixed load, one worker bombed", bombed),
        ):
            shown(title, load)
        self.throughputs.append(alone.throughput / plain.throughput)
        self.again.append(again.throughput / plain.throughput)
        self.tails.append(percentile_99(bombed.all) / percentile_99(quiet.all))


def main() -> None:
    """Measure, print, and fail where an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measure")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    measured = Measured()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "LOSSMASK_DATABASE": str(Path(folder) / "snapshots.sqlite3"),
            "LOSSMASK_WORKERS": str(given.workers),
            "XDG_CACHE_HOME": folder,
        }
        with (
            serving(
                "lossmask.web.app:create_app", {**environment, "LOSSMASK_ANSWERS_MEGABYTES": "0"}
            ) as ours,
            serving("lossmask.web.app:create_app", environment) as sharing,
            serving("benchmarks.serve:bare", {}) as theirs,
        ):
            id = stored(ours)
            for number in range(given.rounds):
                print(f"-- round {number + 1} of {given.rounds}, {given.clients} clients")
                measured.round(ours, sharing, theirs, given, id)
    share = spread("small analyses over bare encoding", measured.throughputs, f"at least {LEAST}")
    spread("the same analysis again over bare encoding", measured.again, "none")
    tail = spread("p99 under a bomb over p99 without", measured.tails, f"at most {MOST}")
    raise SystemExit(share < LEAST or tail > MOST)


if __name__ == "__main__":
    main()
