"""`lossmask analyze`: a file to a request, the request through a worker, the analysis to the terminal.

The analysis runs in a worker as it does for the page, under the same limits, and `--json`
prints the body that the API answers.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from dataclasses import replace
from typing import Any

from ..core.analysis import Analysis
from ..core.conversation import Conversation
from ..core.parsing import TITLES, parse
from ..core.request import AnalysisRequest
from ..core.request_text import BadJson, read_json, read_utf8
from ..engine.pool import EnginePool
from ..errors import LossmaskError, OptionError
from ..losses.progress import Progress, Report, ignore
from ..losses.source import with_losses
from ..settings import SETTINGS, Settings
from ..tokenization.names import as_typed
from .given import plain, read, with_files, with_flags
from .printing import print_answer
from .progress import drawn
from .save import kind_of_file, save
from .terminal import Style, draw


def analyze(given: Namespace, settings: Settings) -> int:
    """Run the command; gives the exit code."""
    text = ""
    try:
        text = read_utf8(read(given.file))
        request = with_files(request_of(given, text), settings)
        kind = kind_of_file(given.save) if given.save else None
        analysis = asyncio.run(find_analysis(request, settings))
        if kind is not None:
            save(given.save, kind, request, analysis)
    except LossmaskError as error:
        print(plain(error, given, text), file=sys.stderr)
        return 2
    print_analysis(analysis, request.conversation, as_json=given.json)
    return 0 if analysis.outcome.kind == "ok" else 1


async def find_analysis(request: AnalysisRequest, settings: Settings) -> Analysis:
    """The analysis, made in a worker, with the losses that the request asks for."""
    async with EnginePool(one_worker(settings)) as engine:
        analysis = await engine.analyse(replace(request, losses=None))
    report = _report() if sys.stderr.isatty() else ignore
    try:
        return await with_losses(request.losses, analysis, settings, report)
    finally:
        report(Progress("done"))


def one_worker(settings: Settings) -> Settings:
    """The operator's settings for a single job."""
    values = {setting.variable: settings.text(setting.name) for setting in SETTINGS}
    return Settings({**values, "LOSSMASK_WORKERS": "1"})


def _report() -> Report:
    """Draws how far the losses are, over itself; only steps that have something to count."""

    def show(progress: Progress) -> None:
        counted = f"losses: {progress.step} {drawn(progress.done, progress.total)}"
        print(f"\r\x1b[K{counted if progress.total else ''}", end="", file=sys.stderr, flush=True)

    return show


def print_analysis(analysis: Analysis, conversation: Conversation, *, as_json: bool) -> None:
    """The analysis as text, or as the body that the API answers."""
    print_answer(analysis, lambda: draw(analysis, conversation, Style.of(sys.stdout)), as_json=as_json)


def request_of(given: Namespace, text: str) -> AnalysisRequest:
    """What the file asks for, with what the command line says in its place.

    Raises:
        LossmaskError: the text or a flag cannot be read.
    """
    body = _request_body(text) or {"conversation": _conversation(given, text)}
    return AnalysisRequest.from_json(with_flags(body, given) | _losses(given))


def _losses(given: Namespace) -> dict[str, Any]:
    """What the flags of `analyze` ask for; `matrix` reads its file by `request_of` too, and has none."""
    if getattr(given, "model", None):
        return {"losses": {"model": as_typed(given.model)}}
    if getattr(given, "losses", None):
        return {"losses": {"values": read_utf8(read(given.losses))}}
    return {}


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
