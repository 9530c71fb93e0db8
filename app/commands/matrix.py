"""`lossmask matrix`: every masking rule over the conversation of a file, one line each.

It runs in a worker as it does for the page, under the same limits, and `--json` prints the
body that `POST /api/matrices` answers.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace

from ..core.matrix import Matrix
from ..core.request import AnalysisRequest
from ..core.request_text import read_utf8
from ..engine.pool import EnginePool
from ..errors import LossmaskError
from ..settings import Settings
from .analyze import one_worker, request_of
from .given import plain, read, with_files
from .matrix_lines import lines
from .printing import print_answer
from .terminal import Style


def matrix(given: Namespace, settings: Settings) -> int:
    """Run the command; gives the exit code, which what a framework refuses does not change."""
    text = ""
    try:
        text = read_utf8(read(given.file))
        request = with_files(request_of(given, text), settings)
        found = asyncio.run(_matrix(request, settings))
    except LossmaskError as error:
        print(plain(error, given, text), file=sys.stderr)
        return 2
    print_answer(found, lambda: lines(found, Style.of(sys.stdout)), as_json=given.json)
    return 0


async def _matrix(request: AnalysisRequest, settings: Settings) -> Matrix:
    async with EnginePool(one_worker(settings)) as engine:
        return await engine.matrix(request)
