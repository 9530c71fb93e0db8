"""Every way into a worker is under the same limits: the endpoints of the real server, each under attack."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.hostile.arena import MEGABYTES, SLACK, Watch
from tests.hostile.templates.time import NESTED
from tests.hostile.tokenizers.making import config
from tests.web.serving import Served, served

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux keeps all limits")

SECONDS = 1.0
LOAD_SECONDS = 15.0
HANDLING = 1.0
"""Seconds for a request's way to its worker and back, and for a worker that has just been replaced."""

CHAT = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]}
TEMPLATES = {
    "endless": ("template-timeout", NESTED),
    "large": ("template-memory", "{{ 'a' * 10000000000 }}"),
    "large as it is compiled": ("template-memory", "{% if 'a' * 9999999999 %}ok{% endif %}"),
}
PATHS = {
    "an analysis": ("analyses", lambda chosen: {"conversation": CHAT, **chosen}),
    "a batch": ("batches", lambda chosen: {"conversations": [CHAT, CHAT], **chosen}),
    "a matrix": ("matrices", lambda chosen: {"conversation": CHAT, **chosen}),
    "a comparison's A": (
        "comparisons",
        lambda chosen: {"a": {"conversation": CHAT, **chosen}, "b": {"chat_template": "ok"}},
    ),
    "a comparison's B": ("comparisons", lambda chosen: {"a": {"conversation": CHAT}, "b": chosen}),
}


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    seconds: float


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of two workers, whose operator offers a tokenizer with a hostile template of its own."""
    offered = tmp_path_factory.mktemp("offered")
    (offered / "hostile").mkdir()
    config(chat_template=NESTED)(offered / "hostile")
    environment = {
        "LOSSMASK_WORKERS": "2",
        "LOSSMASK_JOB_SECONDS": str(SECONDS),
        "LOSSMASK_BATCH_SECONDS": str(SECONDS),
        "LOSSMASK_LOAD_SECONDS": str(LOAD_SECONDS),
        "LOSSMASK_JOB_MEGABYTES": str(MEGABYTES),
        "LOSSMASK_TOKENIZERS": str(offered),
    }
    with served(environment) as started:
        yield started


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    """How late this machine is."""
    watching = Watch()
    yield watching
    watching.close()


def post(server: Served, path: str, body: object) -> Answer:
    request = Request(
        f"{server.address}/api/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    began = time.monotonic()
    try:
        with urlopen(request, timeout=60) as answer:
            status, text = answer.status, answer.read()
    except HTTPError as error:
        status, text = error.code, error.read()
    return Answer(status, json.loads(text), time.monotonic() - began)


def good(server: Served, path: str = "analyses") -> Answer:
    return post(server, path, {"conversation": CHAT, "today": "2026-11-23"})


def attacked(server: Served, path: str, body: object) -> tuple[Answer, list[Answer]]:
    """A hostile request's answer, and those of good ones sent all the while and once more afterwards."""
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(post(server, path, body)))
    asking.start()
    beside = [good(server)]
    while asking.is_alive():
        time.sleep(0.2)
        beside.append(good(server))
    asking.join()
    return answers[0], [*beside, good(server)]


@pytest.mark.parametrize("way", PATHS)
@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_hostile_template_ends_in_its_outcome(server: Served, watch: Watch, way: str, kind: str) -> None:
    code, source = TEMPLATES[kind]
    path, body = PATHS[way]
    alone, late = good(server), watch.late
    answer, beside = attacked(server, path, body({"chat_template": source}))
    assert (answer.status, answer.body["code"]) == (422, code), answer
    assert answer.seconds <= SECONDS + HANDLING + SLACK + watch.late - late
    assert {(one.status, str(one.body)) for one in beside} == {(200, str(alone.body))}


def test_a_template_of_a_tokenizers_own_is_as_contained(server: Served, watch: Watch) -> None:
    late = watch.late
    answer, beside = attacked(server, "analyses", {"conversation": CHAT, "tokenizer": "local:hostile"})
    assert (answer.status, answer.body["code"]) == (422, "template-timeout")
    # Its loading has a time of its own, and imports a library for seconds.
    assert answer.seconds <= LOAD_SECONDS + SECONDS + HANDLING + SLACK + watch.late - late
    assert {one.status for one in beside} == {200}


def test_bombs_on_every_worker_leave_the_pages_answering(server: Served, watch: Watch) -> None:
    bombs = [
        threading.Thread(
            target=post, args=(server, "analyses", {"conversation": CHAT, "chat_template": NESTED})
        )
        for _ in range(2)
    ]
    for bomb in bombs:
        bomb.start()
    time.sleep(0.3)
    began, late = time.monotonic(), watch.late
    with urlopen(f"{server.address}/api/health", timeout=30) as health:
        assert health.status == 200
    assert time.monotonic() - began <= SLACK + watch.late - late
    for bomb in bombs:
        bomb.join()
    assert good(server).status == 200


def test_no_log_tells_of_what_was_sent(server: Served) -> None:
    secret = "words-that-no-log-may-hold"
    chat = {"messages": [{"role": "user", "content": secret}]}
    for source in (NESTED.replace("}", "}" + secret, 1), "{{ raise_exception('" + secret + "') }}", secret):
        post(server, "analyses", {"conversation": chat, "chat_template": source})
    assert Path(server.words).exists()
    assert secret not in server.said()
