"""`lossmask analyze`: a file to a request, the request through a worker, the analysis to the terminal.

The analysis runs in a worker as it does for the page, under the same limits, and `--json`
prints the body that the API answers.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from typing import Any

from ..core.analysis import Analysis
from ..core.parsing import TITLES, parse
from ..core.request import AnalysisRequest
from ..core.request_text import BadJson, read_json, read_utf8
from ..engine.pool import EnginePool
from ..engine.worker import encoded
from ..errors import LossmaskError, OptionError
from ..settings import SETTINGS, Settings
from .given import plain, read, with_files, with_flags
from .terminal import Style, draw


def analyze(given: Namespace, settings: Settings) -> int:
    """Run the command; gives the exit code."""
    text = ""
    try:
        text = read_utf8(read(given.file))
        request = with_files(request_of(given, text), settings)
        analysis = asyncio.run(_analysis(request, settings))
    except LossmaskError as error:
        print(plain(error, given, text), file=sys.stderr)
        return 2
    _print(analysis, request, as_json=given.json)
    return 0 if analysis.outcome.kind == "ok" else 1


async def _analysis(request: AnalysisRequest, settings: Settings) -> Analysis:
    async with EnginePool(one_worker(settings)) as engine:
        return await engine.analyse(request)


def one_worker(settings: Settings) -> Settings:
    """The operator's settings for a single job."""
    values = {setting.variable: settings.text(setting.name) for setting in SETTINGS}
    return Settings({**values, "LOSSMASK_WORKERS": "1"})


def _print(analysis: Analysis, request: AnalysisRequest, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(encoded(analysis.as_json()) + b"\n")
    else:
        style = Style.of(sys.stdout)
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        for line in draw(analysis, request.conversation, style):
            print(line)
    sys.stdout.flush()


def request_of(given: Namespace, text: str) -> AnalysisRequest:
    """What the file asks for, with what the command line says in its place.

    Raises:
        LossmaskError: the text or a flag cannot be read.
    """
    body = _request_body(text) or {"conversation": _conversation(given, text)}
    return AnalysisRequest.from_json(with_flags(body, given))


def _request_body(text: str) -> dict[str, Any] | None:
    """The text as an API request, which alone has a `conversation` at its top."""
    if '"conversation"' not in text:
        return None
    try:
        value = read_json(text)
    except BadJson:
        return None
    return value if isinstance(value, dict) and "conversation" in value else None


def _conversation(given: Namespace, text: str) -> dict[str, Any]:
    if given.format is not None and given.format not in TITLES:
        raise OptionError(f"There is no format {given.format!r}; known: {', '.join(TITLES)}.")
    return parse(text, format=given.format, row=given.row).conversation.as_json()
