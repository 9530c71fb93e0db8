"""Sixteen clients at once get, byte for byte, what one client gets in sequence.

The golden conversations, or the bundled samples where those are not at hand, under every rule with any of
several templates, tokenizers and options; analyses, comparisons, batches, matrices and the page itself. A
client that is told 503 asks again, as it is meant to. 200 requests each way, or `LOSSMASK_CONCURRENT=5000`.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any, TypeAlias
from urllib.parse import urlencode

import pytest
from lossmask.strategies.registry import STRATEGIES
from lossmask.web.samples import SAMPLES

from tests.shared import shared_folder
from tests.web.serving import Served, served

CLIENTS = 16
REQUESTS = int(os.environ.get("LOSSMASK_CONCURRENT") or 200)
SECONDS = 120
"""How long one request may be told to come again."""

TOKENIZERS = ("Qwen__Qwen3-4B", "mistralai__Mistral-7B-Instruct-v0.2")
"""As many as a worker keeps beside the bundled one; to load one takes as long as a hundred analyses."""

TEMPLATES = ("llama-3", "chatml", "chatml-thinking", "mistral", "gemma", "alpaca")
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "assistant-turns": [{}, {"header": True}, {"turns": "last"}, {"end_of_turn": False, "max_length": 20}],
    "axolotl": [{}, {"train_on_eos": "all"}, {"roles_to_train": ["user"]}, {"sequence_len": 16}],
    "trl-full": [{}, {"max_length": 12, "truncation_mode": "keep_end"}],
    "unsloth-responses-only": [{}, {"last_response_only": True}],
    "tinker": [{}, {"train_on_what": "all_assistant_messages"}],
    "verl": [{}, {"max_length": 24, "truncation": "left"}],
}
REDUCTIONS = (None, "token-mean", "sequence-mean", "micro-batch-mean")
TODAY = "2026-11-23"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
PART = {"HX-Request": "true"}


@dataclass(frozen=True)
class Ask:
    """One request."""

    path: str
    body: str
    headers: Any = field(compare=False)
    is_part: bool = False


Answer: TypeAlias = tuple[int, bytes]


@dataclass
class Asking:
    """Draws requests of every kind, the same for one seed."""

    chance: random.Random
    conversations: list[Any]
    tokenizers: list[str]
    paths: Counter[str] = field(default_factory=Counter)

    def next(self) -> Ask:
        kinds = (self._analysis, self._page, self._comparison, self._batch, self._matrix)
        (kind,) = self.chance.choices(kinds, weights=(66, 16, 8, 6, 4))
        ask = kind()
        self.paths[ask.path] += 1
        return ask

    def _request(self) -> dict[str, Any]:
        rule = self.chance.choice(list(STRATEGIES))
        options = self.chance.choice(OPTIONS.get(rule, [{}]))
        reduction = self.chance.choice(REDUCTIONS)
        tokenizer = self.chance.choice(self.tokenizers)
        return {
            "conversation": self.chance.choice(self.conversations),
            "tokenizer": tokenizer,
            "tokenizer_loader": self.chance.choice(("auto", "file")) if tokenizer == "bundled" else "auto",
            "chat_template": self._template(tokenizer),
            "strategy": {"name": rule, "options": options},
            "reduction": reduction and {"name": reduction},
            "today": TODAY,
        }

    def _template(self, tokenizer: str) -> str | None:
        """The tokenizer's own, most often, where it has one."""
        own = tokenizer != "bundled" and self.chance.random() < 0.7
        return None if own else f"bundled:{self.chance.choice(TEMPLATES)}"

    def _analysis(self) -> Ask:
        return Ask("/api/analyses", json.dumps(self._request()), JSON)

    def _matrix(self) -> Ask:
        return Ask("/api/matrices", json.dumps({**self._request(), "tokenizer": "bundled"}), JSON)

    def _comparison(self) -> Ask:
        other = self._request()
        changes = {name: other[name] for name in ("strategy", "chat_template")}
        return Ask("/api/comparisons", json.dumps({"a": self._request(), "b": changes}), JSON)

    def _batch(self) -> Ask:
        asked = self._request()
        del asked["conversation"]
        shape = {"micro_batch_size": self.chance.choice((1, 2)), "packing": self.chance.choice((None, "bfd"))}
        rows = self.chance.choices(self.conversations, k=3)
        body = {**asked, "conversations": rows, "batch": shape, "columns": True}
        return Ask("/api/batches", json.dumps(body), JSON)

    def _page(self) -> Ask:
        asked = self._request()
        fields = {
            "conversation": json.dumps(asked["conversation"]),
            "tokenizer": asked["tokenizer"],
            "template": asked["chat_template"] or "own",
            "strategy": asked["strategy"]["name"],
            "today": TODAY,
            "view": self.chance.choice(("text", "table", "raw", "shift")),
        }
        is_part = self.chance.random() < 0.5
        return Ask("/", urlencode(fields), FORM | PART if is_part else FORM, is_part)


@dataclass
class Tally:
    """Answers by request, and how often a client was told to come again."""

    answers: dict[Ask, Answer] = field(default_factory=dict)
    differing: list[Ask] = field(default_factory=list)
    busy: int = 0


def conversations() -> list[Any]:
    """The golden ones, with their tools."""
    golden = shared_folder() / "golden" / "conversations.jsonl"
    if not golden.is_file():
        return [sample.conversation for sample in SAMPLES.values()]
    rows = map(json.loads, golden.read_text(encoding="utf-8").splitlines())
    return [{"messages": row["messages"], "tools": row.get("tools")} for row in rows]


def tokenizers() -> list[str]:
    folder = shared_folder() / "tokenizers"
    return ["bundled", "bundled", *(f"local:{name}" for name in TOKENIZERS if (folder / name).is_dir())]


def asked(connection: HTTPConnection, ask: Ask, tally: Tally) -> Answer:
    """The answer, once it is another than 503."""
    end = time.monotonic() + SECONDS
    while True:
        connection.request("POST", ask.path, ask.body.encode(), ask.headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 503:
            return answer.status, body
        assert answer.getheader("Retry-After")
        assert time.monotonic() < end
        tally.busy += 1
        # Sooner than it was told, so that the queue is full again and again.
        time.sleep(0.25)


def in_sequence(server: Served, asks: list[Ask]) -> Tally:
    tally, connection = Tally(), HTTPConnection("127.0.0.1", server.port, timeout=60)
    for ask in asks:
        answer = asked(connection, ask, tally)
        if tally.answers.setdefault(ask, answer) != answer:
            tally.differing.append(ask)
    connection.close()
    return tally


def at_once(server: Served, asks: list[Ask], right: dict[Ask, Answer]) -> Tally:
    """Sixteen clients, each with its share of the requests, in another order than before."""
    tallies = [Tally() for _ in range(CLIENTS)]

    def client(number: int) -> None:
        tally, connection = tallies[number], HTTPConnection("127.0.0.1", server.port, timeout=60)
        for ask in asks[number::CLIENTS]:
            answer = asked(connection, ask, tally)
            if answer != right[ask]:
                tally.differing.append(ask)
            tally.answers[ask] = answer
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = Tally(busy=sum(tally.busy for tally in tallies))
    for tally in tallies:
        together.answers |= tally.answers
        together.differing += tally.differing
    return together


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    environment = {
        "LOSSMASK_WORKERS": "2",
        "LOSSMASK_TOKENIZERS": str(shared_folder() / "tokenizers"),
        # So that a busy machine changes no answer.
        "LOSSMASK_JOB_SECONDS": "120",
        "LOSSMASK_LOAD_SECONDS": "120",
        "LOSSMASK_BATCH_SECONDS": "120",
    }
    with served(environment) as started:
        yield started


def test_sixteen_clients_at_once_get_what_one_gets_in_sequence(server: Served) -> None:
    asking = Asking(random.Random(16), conversations(), tokenizers())
    asks = [asking.next() for _ in range(REQUESTS)]
    began = time.monotonic()
    alone = in_sequence(server, asks)
    between = time.monotonic()
    random.Random(61).shuffle(asks)
    together = at_once(server, asks, alone.answers)
    ended = time.monotonic()
    statuses = Counter(status for status, _ in alone.answers.values())
    print(
        f"\n{len(asks):,} requests ({len(alone.answers):,} of them different; {dict(asking.paths)}), "
        f"statuses {dict(statuses)}; in sequence {between - began:.1f} s, by {CLIENTS} clients "
        f"{ended - between:.1f} s; told to come again {alone.busy} and {together.busy} times; "
        f"{len(together.differing)} answers differ"
    )
    assert not alone.differing
    assert not together.differing
    assert together.answers.keys() == alone.answers.keys()
    assert set(statuses) <= {200, 422}
    assert statuses[200] > 0.7 * statuses.total()
