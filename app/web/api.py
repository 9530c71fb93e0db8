"""The JSON interface under `/api`: analyses, and the lists that a client chooses from.

Bodies are read here rather than by the framework, so that a fault names its line and column.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from ..core.batch.request import BatchRequest
from ..core.contributions import REDUCTIONS
from ..core.parsing import Format, Parsed, parse
from ..core.request_text import read_json, read_request, read_utf8
from ..rendering.library import bundled_templates
from ..strategies.registry import STRATEGIES
from ..tokenization.locate import local_names
from . import api_docs
from .costs import BATCH, MATRIX, costs
from .jobs import analysis_json_for, batch_json_for, downloads_of, matrix_json_for, pool_of, settings_of

DESCRIPTION = api_docs.DESCRIPTION
TAGS = api_docs.TAGS

router = APIRouter(prefix="/api")

_FORMAT = "Read it as this; left out, what it looks like decides."
_ROW = "Which row to read, where there are several, from 0."


@router.post(
    "/analyses",
    tags=["analyses"],
    openapi_extra=api_docs.ANALYSES,
    responses=api_docs.ANALYSED,
    dependencies=costs(),
)
async def analyses(request: Request) -> Response:
    """Render, tokenize and mask a conversation.

    The answer tells for every token its label, its weight, the rule that decided, and the
    characters it covers, and for every character where it came from. A conversation that the
    framework itself would leave out or refuse is an answer too: status 200, no examples, and
    the reason under `outcome`.
    """
    asked = read_request(read_utf8(await request.body()))
    return Response(await analysis_json_for(request, asked), media_type="application/json")


@router.post(
    "/matrices",
    tags=["analyses"],
    openapi_extra=api_docs.MATRICES,
    responses=api_docs.PROBLEMS,
    dependencies=costs(MATRIX),
)
async def matrices(request: Request) -> Response:
    """Every masking rule over one conversation.

    Each row is a rule with its default options; where the request names a `strategy`, that one
    has the request's options. `runs` tile the tokens of the rendering as `[start, end, state]`
    with state `trained`, `masked` or `absent`; `insertions` are tokens that a framework feeds
    and the rendering does not have; `aspects` tell of the assistant's turns: `yes`, `no`,
    `partly`, or `absent` where there is no such part. A rule that takes more than its share of
    the time stands under `missing`.
    """
    asked = read_request(read_utf8(await request.body()))
    return Response(await matrix_json_for(request, asked), media_type="application/json")


@router.post(
    "/batches",
    tags=["analyses"],
    openapi_extra=api_docs.BATCHES,
    responses=api_docs.PROBLEMS,
    dependencies=costs(BATCH),
)
async def batches(request: Request) -> Response:
    """What each token of several conversations weighs in the loss of its optimizer step.

    The conversations are masked as by `POST /api/analyses`, padded or packed, and dealt in order into
    micro-batches, accumulation steps and ranks. Shares of the loss are told under two reductions, in
    the order of `reductions`, as if every token's cross-entropy were the same. A conversation that the
    framework leaves out keeps its place under `rows`, with its outcome.
    """
    asked = BatchRequest.from_json(read_json(read_utf8(await request.body())))
    return Response(await batch_json_for(request, asked), media_type="application/json")


@router.post(
    "/conversations",
    tags=["analyses"],
    openapi_extra=api_docs.CONVERSATIONS,
    responses=api_docs.PROBLEMS,
    dependencies=costs(),
)
async def conversations(
    request: Request,
    format: Annotated[Format | None, Query(description=_FORMAT)] = None,
    row: Annotated[int, Query(ge=0, description=_ROW)] = 0,
) -> dict[str, Any]:
    """Read pasted text (the body, as it is) as a conversation.

    Understood are OpenAI messages, ShareGPT, Alpaca, prompt and completion, JSONL or an array
    of such rows, and plain `User: … Assistant: …` text.
    """
    text = read_utf8(await request.body())
    # In a thread, since a long paste would hold up every other request.
    return _parsed_json(await run_in_threadpool(parse, text, format=format, row=row))


@router.get("/strategies", tags=["choices"])
async def strategies() -> list[dict[str, Any]]:
    """Every masking rule, with its options and where it was read."""
    return [
        {
            "name": strategy.name,
            "title": strategy.title,
            "meaning": strategy.meaning,
            "framework": strategy.framework,
            "version": strategy.version,
            "source": strategy.source,
            "config_kind": strategy.config_kind,
            "reduction": {"name": strategy.reduction.name, "options": dict(strategy.reduction.options)},
            "known_differences": strategy.known_differences,
            "options": [asdict(option) for option in strategy.options],
        }
        for strategy in STRATEGIES.values()
    ]


@router.get("/reductions", tags=["choices"])
async def reductions() -> list[dict[str, Any]]:
    """Every way to make one loss of the tokens' cross-entropies, and where it was read."""
    return [
        {
            "name": reduction.name,
            "title": reduction.title,
            "meaning": reduction.meaning,
            "formula": reduction.formula,
            "source": reduction.source,
            "options": [asdict(option) for option in reduction.options],
            "strategies": [
                rule.name for rule in STRATEGIES.values() if rule.reduction.name == reduction.name
            ],
        }
        for reduction in REDUCTIONS.values()
    ]


@router.get("/templates", tags=["choices"])
async def templates() -> list[dict[str, Any]]:
    """The chat templates that come with Lossmask, for `bundled:NAME`."""
    return [asdict(template) for template in bundled_templates()]


@router.get("/tokenizers", tags=["choices"])
async def tokenizers(request: Request) -> dict[str, Any]:
    """The tokenizers on this server, and whether others may be downloaded as `hub:ORG/NAME`."""
    settings = settings_of(request)
    names = ["bundled", *(f"local:{name}" for name in local_names(settings))]
    return {"tokenizers": names, "hub": settings.flag("hub")}


@router.get("/downloads", tags=["downloads"], responses=api_docs.NAMES)
async def download(request: Request, tokenizer: str) -> dict[str, Any]:
    """How far the download of a tokenizer is; `step` is `none` where there is none."""
    progress = downloads_of(request).progress(tokenizer)
    return {"step": "none"} if progress is None else asdict(progress)


@router.delete("/downloads", tags=["downloads"], status_code=204, responses=api_docs.NAMES)
async def cancel_download(request: Request, tokenizer: str) -> None:
    """Stop the download of a tokenizer, for everyone who waits for it."""
    downloads_of(request).cancel(tokenizer)


@router.get("/health", tags=["health"], responses={503: {"description": "The workers are still starting."}})
async def health(request: Request, response: Response) -> dict[str, str]:
    """200 once analyses can be taken."""
    if pool_of(request).ready:
        return {"status": "ok"}
    response.status_code = 503
    response.headers["Retry-After"] = "1"
    return {"status": "starting"}


def _parsed_json(parsed: Parsed) -> dict[str, Any]:
    return {
        "conversation": parsed.conversation.as_json(),
        "format": parsed.format,
        "title": parsed.title,
        "container": parsed.container,
        "candidates": list(parsed.candidates),
        "rows": parsed.rows,
        "row": parsed.row,
        "notes": list(parsed.notes),
    }
