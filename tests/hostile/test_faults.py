from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from lossmask.engine import worker
from lossmask.engine.pool import EnginePool
from lossmask.errors import LossmaskError
from lossmask.settings import Settings

from tests.hostile.arena import alive, kill, workers
from tests.hostile.judging import GOOD, golden
from tests.hostile.templates.time import NESTED
from tests.web.serving import Served, served

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")

JOB_SECONDS = 3
KILLS = 20
CHAT = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]}
TOLD = {"busy", "template-memory", "tokenizer-memory"}
"""What a good request may meet whose worker is killed under it; never a wrong answer."""


def test_workers_killed_at_random_spoil_no_answer() -> None:
    """While four clients ask; what is answered is right, and in the end all is answered."""
    chance = random.Random(8)
    settings = Settings({"LOSSMASK_WORKERS": "2", "LOSSMASK_JOB_SECONDS": "30"})

    async def client(pool: EnginePool, until: asyncio.Event) -> tuple[int, set[str]]:
        right, codes = 0, set()
        while not until.is_set():
            try:
                assert json.loads(await pool.run(worker.analyse_json, GOOD)) == golden()
                right += 1
            except LossmaskError as error:
                codes.add(error.code)
                await asyncio.sleep(0.05)
        return right, codes

    async def killer(until: asyncio.Event) -> None:
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.05, 0.4))
            found = workers()
            if found:
                kill(chance.choice(found), chance.choice([signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT]))
        until.set()

    async def run() -> tuple[int, set[str]]:
        async with EnginePool(settings) as pool:
            await answered_again(pool)
            until = asyncio.Event()
            clients = [asyncio.create_task(client(pool, until)) for _ in range(4)]
            await killer(until)
            counts = await asyncio.wait_for(asyncio.gather(*clients), timeout=60)
            await answered_again(pool)
        return sum(right for right, _ in counts), set().union(*(codes for _, codes in counts))

    right, codes = asyncio.run(run())
    assert right > 0
    assert codes <= TOLD


async def answered_again(pool: EnginePool) -> None:
    """A request that is answered, within thirty seconds of asking again and again."""
    end = time.monotonic() + 30
    while True:
        try:
            assert json.loads(await pool.run(worker.analyse_json, GOOD)) == golden()
            return
        except LossmaskError:
            assert time.monotonic() < end
            await asyncio.sleep(0.1)


@pytest.fixture
def server() -> Iterator[Served]:
    """The real server, with two workers."""
    with served({"LOSSMASK_WORKERS": "2", "LOSSMASK_JOB_SECONDS": str(JOB_SECONDS)}) as started:
        yield started


def post(address: str, **members: object) -> tuple[int, bytes]:
    body = json.dumps({"conversation": CHAT, **members}).encode()
    request = Request(f"{address}/api/analyses", body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except OSError as error:
        return getattr(error, "code", 0), b""


def descendants(process: int) -> set[int]:
    """Process ids of all that a process started, and they in turn."""
    # A thread's children are listed under it alone.
    lists = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    children = {int(child) for text in lists for child in text.split()}
    return children.union(*map(descendants, children))


def gone_within(processes: set[int], seconds: float) -> float | None:
    """Seconds until none of the processes is there any more, or None."""
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        if not any(map(alive, processes)):
            return time.monotonic() - began
        time.sleep(0.02)
    return None


def bombed(server: Served) -> set[int]:
    """Everything the server started, one worker of it at work on what never ends."""
    threading.Thread(
        target=post, args=(server.address,), kwargs={"chat_template": NESTED}, daemon=True
    ).start()
    assert post(server.address)[0] == 200
    time.sleep(0.5)
    found = descendants(server.process.pid)
    # The fork server, its two workers and the tracker of what they share.
    assert len(found) >= 3
    return found


def test_a_killed_server_leaves_no_orphan(server: Served) -> None:
    started = bombed(server)
    server.kill()
    assert gone_within(started, JOB_SECONDS + 4) is not None


def test_a_server_that_is_asked_to_end_leaves_nothing(server: Served) -> None:
    started = bombed(server)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=30) in (0, -signal.SIGTERM)
    assert gone_within(started, 5) is not None


def test_an_answer_under_way_is_given_before_the_end(server: Served) -> None:
    """SIGTERM comes while a worker is at an analysis that takes a while, and ends."""
    slow = "{% for i in range(99999) %}{% set x = i * i %}{% endfor %}ok"
    answers: list[tuple[int, bytes]] = []
    asking = threading.Thread(target=lambda: answers.append(post(server.address, chat_template=slow)))
    asking.start()
    time.sleep(0.05)
    server.process.send_signal(signal.SIGTERM)
    asking.join(timeout=30)
    assert answers[0][0] == 200
    assert b'"ok"' in answers[0][1]
