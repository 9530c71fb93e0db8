"""A server on loopback that answers as vLLM and as SGLang do, for a made-up model over known tokens.

The model is a table: by position its own token's log-probability, and the likeliest ones. Shapes
are those that `shapes_vllm` and `shapes_sglang` name their sources for. Faults are switched on by
attribute.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

TOP = 5

Change = Callable[[Any], Any]


@dataclass
class FakeServer:
    """What it speaks, what it knows, and what goes wrong."""

    kind: Literal["vllm", "sglang"] = "vllm"
    texts: Mapping[int, str] = field(default_factory=dict)
    """Text of each token id, as the server's own tokenizer decodes it."""
    key: str = ""
    url: str = ""
    change: Change = lambda answer: answer
    """What is done to an answer before it is sent."""
    status: int = 200
    body: bytes | None = None
    """Sent in place of any answer."""
    location: str | None = None
    wait: float = 0.0
    collapses_texts: bool = False
    """As SGLang on transformers 5 before its fix."""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def logprob(self, position: int, token: int) -> float:
        """The made-up model's log-probability of a token."""
        return -0.25 * (1 + (7 * position + token) % 9)

    def top(self, position: int, own: int) -> list[tuple[int, float]]:
        """The likeliest, in order: the token itself where it is among them, and others."""
        others = [(900 + k, -0.3 - 0.4 * k) for k in range(TOP)]
        return sorted([*others, (own, self.logprob(position, own))], key=lambda pair: -pair[1])[:TOP]

    def rank(self, position: int, own: int) -> int:
        """1 for the likeliest."""
        return 1 + sum(-0.3 - 0.4 * k > self.logprob(position, own) for k in range(TOP))

    def answer(self, path: str, body: dict[str, Any]) -> Any:
        """What the path answers; None where there is no such path."""
        if path == "/v1/models":
            return {"object": "list", "data": [{"id": "tiny", "object": "model", "owned_by": self.kind}]}
        if path == "/v1/completions" and self.kind == "vllm":
            return self._completion(body)
        return self._generate(body) if path == "/generate" and self.kind == "sglang" else None

    def _completion(self, body: dict[str, Any]) -> Any:
        ids = body["prompt"]
        found = [None, *(self._by_id(at, ids[at]) for at in range(1, len(ids)))]
        choice = {
            "index": 0,
            "text": "x",
            "logprobs": None,
            "finish_reason": "length",
            "stop_reason": None,
            "prompt_logprobs": found[: len(ids)],
            "prompt_token_ids": ids,
            "token_ids": [0],
        }
        return {"id": "cmpl-1", "object": "text_completion", "model": body["model"], "choices": [choice]}

    def _by_id(self, position: int, own: int) -> dict[str, Any]:
        def entry(token: int, logprob: float, rank: int) -> dict[str, Any]:
            return {"logprob": logprob, "rank": rank, "decoded_token": self._text(token)}

        found = {str(own): entry(own, self.logprob(position, own), self.rank(position, own))}
        for order, (token, logprob) in enumerate(self.top(position, own)):
            found[str(token)] = entry(token, logprob, order + 1)
        return found

    def _generate(self, body: dict[str, Any]) -> Any:
        ids, texts = body["input_ids"], body.get("return_text_in_logprobs", False)
        own = [self._triple(at, token, texts) for at, token in enumerate(ids)]
        top = [
            None
            if at == 0
            else [[value, one, self._text(one) if texts else None] for one, value in likeliest]
            for at, likeliest in enumerate(self.top(at, token) for at, token in enumerate(ids))
        ]
        if texts and self.collapses_texts:
            own, top = [[None, ids[0], "".join(map(self._text, ids))]], [None]
        meta = {"id": "1", "prompt_tokens": len(ids), "completion_tokens": 1, "input_token_logprobs": own}
        return {"text": "x", "meta_info": {**meta, "input_top_logprobs": top}}

    def _triple(self, position: int, token: int, texts: bool) -> list[Any]:
        logprob = None if position == 0 else self.logprob(position, token)
        return [logprob, token, self._text(token) if texts else None]

    def _text(self, token: int) -> str:
        return self.texts.get(token, f"word{token}")


class _Handler(BaseHTTPRequestHandler):
    fake: FakeServer

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: dict[str, Any]) -> None:
        fake = self.fake
        fake.asked.append((self.path, body))
        fake.headers.append(dict(self.headers))
        time.sleep(fake.wait)
        if fake.key and self.headers.get("Authorization") != f"Bearer {fake.key}":
            return self._send(401, b'{"error":"Unauthorized"}')
        if fake.body is not None or fake.location:
            return self._send(fake.status, fake.body or b"")
        found = fake.answer(self.path, body)
        if found is None:
            return self._send(404, b'{"detail":"Not Found"}')
        found = found if self.path == "/v1/models" else fake.change(found)
        self._send(fake.status, json.dumps(found).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if self.fake.location:
            self.send_header("Location", self.fake.location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


@contextmanager
def running_server(
    kind: Literal["vllm", "sglang"] = "vllm", ids: Sequence[int] = (), texts: Sequence[str] = ()
) -> Iterator[FakeServer]:
    """A server whose tokenizer has these texts for these ids, for as long as the block lasts."""
    fake = FakeServer(kind, dict(zip(ids, texts, strict=True)))
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    # A handler that still waits when a test ends must not keep the test run from ending.
    server.daemon_threads, server.block_on_close = True, False
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
