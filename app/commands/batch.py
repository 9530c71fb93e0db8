"""`lossmask batch`: the rows of a file as one batch, and what share of the loss each of them has.

It runs in a worker as it does for the API, under the same limits, and `--json` prints the body that
`POST /api/batches` answers. Lines are read as `lossmask check` reads them; one at fault ends it.
"""

from __future__ import annotations

import asyncio
import io
import sys
from argparse import Namespace
from dataclasses import replace
from typing import Any

from ..core.batch.answer import Batch
from ..core.batch.request import BatchRequest
from ..core.conversation import Conversation
from ..engine.pool import EnginePool
from ..errors import ConversationError, LossmaskError
from ..settings import Settings
from .analyze import one_worker
from .batch_lines import lines
from .given import option_pairs, plain, read, with_files, with_flags
from .printing import print_answer
from .rows import rows_of
from .terminal import Style


def batch(given: Namespace, settings: Settings) -> int:
    """Run the command; gives the exit code, which rows that are left out do not change."""
    try:
        request = BatchRequest.from_json(_body(given))
        request = replace(request, base=with_files(request.base, settings))
        found = asyncio.run(_batch(request, settings))
    except LossmaskError as error:
        print(plain(error, given), file=sys.stderr)
        return 2
    print_answer(found, lambda: lines(found, Style.of(sys.stdout)), as_json=given.json)
    return 0


def _body(given: Namespace) -> dict[str, Any]:
    """The body that the API would get."""
    conversations = [row.as_json() for row in _conversations(given.file)]
    body: dict[str, Any] = {
        "conversations": conversations,
        "columns": given.columns,
        "batch": {
            "micro_batch_size": given.micro_batch_size,
            "gradient_accumulation_steps": given.gradient_accumulation_steps,
            "ranks": given.ranks,
            "packing": given.packing,
            "packing_length": given.packing_length,
            "padding_free": given.padding_free,
        },
    }
    for field, named in (("reduction", given.reduction), ("compare_with", given.compare_with)):
        if named is not None:
            body[field] = _choice(named)
    return with_flags(body, given)


def _choice(named: str) -> dict[str, Any]:
    """A reduction as it is named on the command line.

    >>> _choice("weighted-mean:over=example")
    {'name': 'weighted-mean', 'options': {'over': 'example'}}
    """
    name, _, options = named.partition(":")
    pairs = option_pairs(options.split(",") if options else [], "--reduction")
    return {"name": name, "options": dict(pairs)}


def _conversations(file: str) -> list[Conversation]:
    found = []
    for row in rows_of(io.BytesIO(read(file))):
        if isinstance(row.content, LossmaskError):
            raise ConversationError(f"Line {row.line}: {row.content.detail}", code=row.content.code)
        found.append(row.content)
    if not found:
        raise ConversationError("The file has no rows.")
    return found


async def _batch(request: BatchRequest, settings: Settings) -> Batch:
    async with EnginePool(one_worker(settings)) as engine:
        return await engine.batch(request)
