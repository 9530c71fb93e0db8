"""What the server answers in a second under a mixed load, beside an endpoint that only encodes the same text.

Measures by turns, round after round, since the speed of a machine drifts:

- small analyses that a class asks for, the same conversations over and over;
- small analyses of which no two are alike, so that each is worked out;
- a bare FastAPI endpoint that encodes such texts in its own process with the same tokenizer: once as fast as
  the library can, once through `AutoTokenizer`, as most would write it;
- a mixed load (small analyses and long ones, no two alike, pages, snapshots) by itself, and while another
  client sends chat templates that never end, one after another, so that one worker is always being bombed.

Servers, clients and all share this machine: what is bare has one processor, what is ours all of them.
Exits with 1 where an aim is missed: a class's throughput beside the faster bare endpoint's, and the tail
under a bomb. Processor time is that of a server and its workers, for each answer; unlike seconds it hardly
depends on what else the machine is at.

    python benchmarks/serve.py [--clients 8] [--seconds 5] [--rounds 3] [--workers 2]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import socket
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
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from fastapi import FastAPI
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from pydantic import BaseModel
from tokenizers import Tokenizer
from transformers import AutoTokenizer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.hostile.templates.time import NESTED
from tests.web.serving import free_port, wait

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = ROOT / "app" / "tokenization" / "bundled"

LEAST = 0.6
"""Of the faster bare endpoint's throughput, for what a class asks."""
MOST = 3.0
"""Of the 99th percentile without a bomb."""

CLASS = 30
"""Conversations that a class has before it."""

DISHES = "pancakes"
SMALL = {
    "chat_template": "bundled:llama-3",
    "conversation": {
        "messages": [
            {"role": "user", "content": f"give me a recipe to bake {DISHES}"},
            {"role": "assistant", "content": f"to bake {DISHES}, one takes a pan"},
        ]
    },
    "today": "2026-11-23",
}
TURN = f"one pan, two eggs, three spoons of flour, {DISHES} and patience. " * 20
LONG = {
    **SMALL,
    "conversation": {
        "messages": [{"role": ("user", "assistant")[n % 2], "content": TURN} for n in range(40)]
    },
}
BOMB = {**SMALL, "chat_template": NESTED}


class Text(BaseModel):
    """What the bare endpoint takes."""

    text: str


def bare() -> FastAPI:
    """An endpoint that only encodes, as fast as the library can."""
    tokenizer = Tokenizer.from_file(str(BUNDLED / "tokenizer.json"))
    return _encoding(lambda text: tokenizer.encode(text, add_special_tokens=False).ids)


def bare_auto() -> FastAPI:
    """The same as most would write it, through transformers."""
    tokenizer = AutoTokenizer.from_pretrained(str(BUNDLED))
    return _encoding(lambda text: tokenizer(text, add_special_tokens=False)["input_ids"])


def _encoding(ids_of: Callable[[str], list[int]]) -> FastAPI:
    app = FastAPI()

    @app.get("/api/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/encode")
    async def encode(asked: Text) -> dict[str, list[int]]:
        return {"input_ids": ids_of(asked.text)}

    return app


@dataclass(frozen=True)
class Server:
    """Where one listens, and its process."""

    port: int
    process: int


class Ask(NamedTuple):
    """One request as it goes over the wire; `name` is what the figures are told by."""

    name: str
    bytes: bytes


def get(name: str, path: str, accept: str = "*/*") -> Ask:
    return Ask(name, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\n\r\n".encode())


def post(name: str, path: str, value: object) -> Ask:
    body = json.dumps(value).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return Ask(name, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def analysis(name: str, value: Mapping[str, Any], number: int) -> Ask:
    """A conversation of its own: `number` stands in every message of it."""
    return post(name, "/api/analyses", json.loads(json.dumps(value).replace(DISHES, f"{DISHES} {number}")))


def never_asked(chance: random.Random) -> int:
    return chance.randrange(10**9)


class Client:
    """One connection, which reads whole answers and nothing in them, to take little from the servers."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, ask: Ask) -> tuple[int, bytes]:
        """The answer's status and body."""
        self._socket.sendall(ask.bytes)
        answer = self._more(b"")
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer = self._more(answer)
        length = _LENGTH.search(answer, 0, end + 2)
        assert length is not None, "an answer tells its length"
        whole = end + 4 + int(length[1])
        while len(answer) < whole:
            answer = self._more(answer)
        return int(answer[9:12]), answer[end + 4 :]

    def close(self) -> None:
        self._socket.close()

    def _more(self, answer: bytes) -> bytes:
        read = self._socket.recv(2**18)
        if not read:
            raise ConnectionError("The server hung up.")
        return answer + read


_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


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


def loaded(server: Server, draw: Draw, clients: int, seconds: float) -> Load:
    """So many clients for so many seconds, each of which asks again as soon as it is answered."""
    loads, end = [Load() for _ in range(clients)], time.perf_counter() + seconds

    def client(number: int) -> None:
        chance, load = random.Random(), loads[number]
        connection = Client(server)
        while time.perf_counter() < end:
            ask = draw(chance)
            began = time.perf_counter()
            status, _ = connection.ask(ask)
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
        connection = Client(server)
        while not over.is_set():
            connection.ask(post("bomb", "/api/analyses", BOMB))
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
    connection = Client(server)
    _, body = connection.ask(post("store", "/api/snapshots", {"request": SMALL}))
    connection.close()
    return str(json.loads(body)["id"])


def of_class(chance: random.Random) -> Ask:
    """What a class asks for."""
    return analysis("small analysis", SMALL, chance.randrange(CLASS))


def of_all_kinds(chance: random.Random) -> Ask:
    """No two alike."""
    return analysis("small analysis", SMALL, never_asked(chance))


def encoding(text: str) -> Draw:
    """The texts of `of_all_kinds`."""
    return lambda chance: post(
        "encode", "/encode", {"text": text.replace(DISHES, f"{DISHES} {never_asked(chance)}")}
    )


def mixed(id: str) -> Draw:
    """Of a hundred requests 70 small analyses, 2 long ones, 18 pages, 10 snapshots."""
    page, snapshot = get("page", "/", "text/html"), get("snapshot", f"/api/snapshots/{id}")
    opened = get("snapshot page", f"/s/{id}", "text/html")
    asks: tuple[Draw, ...] = (
        of_all_kinds,
        lambda chance: analysis("long analysis", LONG, never_asked(chance)),
        lambda chance: page,
        lambda chance: snapshot,
        lambda chance: opened,
    )
    return lambda chance: chance.choices(asks, weights=(70, 2, 18, 5, 5))[0](chance)


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


@dataclass(frozen=True)
class Servers:
    """Those that are measured."""

    ours: Server
    bare: Server
    bare_auto: Server


@dataclass
class Measured:
    """Ratios of all rounds."""

    given: argparse.Namespace
    ratios: dict[str, list[float]] = field(default_factory=dict)

    def round(self, servers: Servers, text: str, id: str) -> None:
        """One round of every measure."""
        of_class_ = self._load("small analyses, a class's", servers.ours, of_class)
        alone = self._load("small analyses, no two alike", servers.ours, of_all_kinds)
        plain = self._load("bare encoding", servers.bare, encoding(text))
        usual = self._load("bare encoding, AutoTokenizer", servers.bare_auto, encoding(text))
        quiet = self._load("mixed load", servers.ours, mixed(id))
        with bombing(servers.ours):
            bombed = self._load("mixed load, one worker bombed", servers.ours, mixed(id))
        for name, load in ((CLASSES, of_class_), (ALONE, alone)):
            for beside, other in (("", plain), (", AutoTokenizer", usual)):
                self._note(name + beside, load.throughput / other.throughput)
        self._note(TAIL, percentile_99(bombed.all) / percentile_99(quiet.all))

    def _load(self, title: str, server: Server, draw: Draw) -> Load:
        load = loaded(server, draw, self.given.clients, self.given.seconds)
        shown(title, load)
        return load

    def _note(self, name: str, ratio: float) -> None:
        self.ratios.setdefault(name, []).append(ratio)


CLASSES = "a class's analyses over bare encoding"
ALONE = "analyses of which no two are alike over bare encoding"
TAIL = "p99 under a bomb over p99 without"
AIMS = {CLASSES: f"at least {LEAST}", TAIL: f"at most {MOST}"}


def main() -> None:
    """Measure, print, and fail where an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measure")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    measured = Measured(given)
    text = analyse(AnalysisRequest.from_json(SMALL)).examples[0].example.rendering.text
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "LOSSMASK_DATABASE": str(Path(folder) / "snapshots.sqlite3"),
            "LOSSMASK_WORKERS": str(given.workers),
            "XDG_CACHE_HOME": folder,
        }
        with (
            serving("lossmask.web.app:create_app", environment) as ours,
            serving("benchmarks.serve:bare", {}) as plain,
            serving("benchmarks.serve:bare_auto", {}) as usual,
        ):
            id = stored(ours)
            for number in range(given.rounds):
                print(f"-- round {number + 1} of {given.rounds}, {given.clients} clients")
                measured.round(Servers(ours, plain, usual), text, id)
    middle = {name: spread(name, ratios, AIMS.get(name, "none")) for name, ratios in measured.ratios.items()}
    raise SystemExit(middle[CLASSES] < LEAST or middle[TAIL] > MOST)


if __name__ == "__main__":
    main()
