"""Losses from a server that the operator named: ids are sent, one example after the other.

Asked only where a request says `{"endpoint": true}`. Sent are the ids of the example's tokens and
the model's name, never text. The tokens that the server reads are compared with the example's.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal, NamedTuple, TypeAlias

from ..core.analysis import Analysis
from ..core.example import Example
from ..core.losses import Losses
from ..core.parsing.scored import Scored, quoted
from ..errors import EndpointError, LossesError
from ..settings import Settings
from . import shapes_sglang, shapes_vllm
from .agree import check_tokens
from .client import Client
from .columns import laid_out, unknown
from .progress import Progress, Report, ignore

ServerKind: TypeAlias = Literal["vllm", "sglang"]

MODELS_BYTES = 4 * 2**20
MODEL_CHARACTERS = 200
BYTES_PER_TOKEN = 4096
"""Six entries of a token take some 600 bytes of JSON; texts may be written as escapes."""


class Server(NamedTuple):
    """What the server speaks, and which of its models is asked."""

    kind: ServerKind
    model: str

    @property
    def source(self) -> str:
        return f"endpoint:{self.model}" if self.model else "endpoint"


async def losses_of_endpoint(analysis: Analysis, settings: Settings, report: Report = ignore) -> list[Losses]:
    """Losses of every example.

    Raises:
        LossesError: no server is named, or it reads other tokens.
        EndpointError: it cannot be reached, refuses, is too slow, or its answer cannot be used.
    """
    examples = [found.example for found in analysis.examples]
    total = sum(len(example.tokens) for example in examples)
    found: list[Losses] = []
    async with Client(settings) as client:
        server = await _server(client, settings)
        for example in examples:
            report(Progress("asking", sum(len(losses.cross_entropy) for losses in found), total))
            found.append(await _losses(client, server, example))
    return found


def check_endpoint(settings: Settings) -> None:
    """Look at the operator's settings without asking anyone; raises LossesError for what cannot work."""
    _kind(settings)
    if settings.text("logprobs_url").strip():
        Client(settings)


def _kind(settings: Settings) -> str:
    kind = settings.text("logprobs_kind").strip().lower()
    if kind not in ("auto", "vllm", "sglang"):
        sentence = f"LOSSMASK_LOGPROBS_KIND is auto, vllm or sglang, not {quoted(kind)}."
        raise LossesError(sentence, code="no-endpoint")
    return kind


async def _server(client: Client, settings: Settings) -> Server:
    kind, model = _kind(settings), settings.text("logprobs_model").strip()
    if kind == "sglang" or (kind == "vllm" and model):
        return Server("sglang" if kind == "sglang" else "vllm", model)
    listed = await client.ask("GET", "/v1/models", None, most_bytes=MODELS_BYTES)
    return _listed(listed, kind, model)


def _listed(listed: Any, kind: str, model: str) -> Server:
    """The model asked for, or the first of those that the server lists, and who says to serve it.

    vLLM and SGLang both write their name into `owned_by`.
    """
    data = listed.get("data") if isinstance(listed, dict) else None
    models = [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []
    first = next((one for one in models if one.get("id") == model or not model), {})
    name = model or first.get("id")
    if not isinstance(name, str) or not name:
        raise EndpointError("The server lists no model; LOSSMASK_LOGPROBS_MODEL can name one.")
    name = name[:MODEL_CHARACTERS].encode("utf-8", "backslashreplace").decode()
    return Server("sglang" if kind == "auto" and first.get("owned_by") == "sglang" else "vllm", name)


async def _losses(client: Client, server: Server, example: Example) -> Losses:
    count = len(example.tokens)
    if count < 2:
        # Nothing is predicted, and servers refuse to be asked of nothing.
        return unknown(example, server.source)
    answer = await _answer(client, server, example.tokens.ids.tolist())
    # Comparing 100,000 tokens takes longer than other requests should wait.
    return await asyncio.to_thread(_read, server, example, answer)


async def _answer(client: Client, server: Server, ids: list[int]) -> Any:
    most = 2**20 + BYTES_PER_TOKEN * len(ids)
    if server.kind == "vllm":
        body = shapes_vllm.body(ids, server.model)
        return await client.ask("POST", shapes_vllm.PATH, body, most_bytes=most)
    answer = await client.ask("POST", shapes_sglang.PATH, shapes_sglang.body(ids), most_bytes=most)
    if not shapes_sglang.is_collapsed(answer, len(ids)):
        return answer
    body = shapes_sglang.body(ids, texts=False)
    return await client.ask("POST", shapes_sglang.PATH, body, most_bytes=most)


def _read(server: Server, example: Example, answer: Any) -> Losses:
    row = _row(server, answer)
    count = min(len(row), len(example.tokens))
    check_tokens(example, row.part(0, count), 0, "the server")
    if len(row) != len(example.tokens):
        raise EndpointError(
            f"The server answered with {len(row)} values for the {len(example.tokens)} tokens it was sent."
        )
    return laid_out(example, row, 0, server.source)


def _row(server: Server, answer: Any) -> Scored:
    try:
        return shapes_vllm.read(answer) if server.kind == "vllm" else shapes_sglang.read(answer)
    except EndpointError:
        raise
    except LossesError as error:
        raise EndpointError(f"The server's answer cannot be used. {error.detail}") from None
