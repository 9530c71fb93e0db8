"""`lossmask analyze`: a file to a request, the request through a worker, the analysis to the terminal.

The analysis runs in a worker as it does for the page, under the same limits, and `--json`
prints the body that the API answers.
"""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.analysis import Analysis
from ..core.parsing import TITLES, caret, parse
from ..core.request import AnalysisRequest
from ..core.request_text import BadJson, read_json, read_utf8
from ..engine.pool import EnginePool
from ..engine.worker import encoded
from ..errors import ConversationError, LossmaskError, OptionError, TemplateError
from ..settings import SETTINGS, Settings
from ..tokenization.hub import Progress, fetch
from ..tokenization.names import TokenizerRef, as_typed
from .terminal import Style, draw, printable


def analyze(given: Namespace, settings: Settings) -> int:
    """Run the command; gives the exit code."""
    text = ""
    try:
        text = read_utf8(_read(given.file))
        request = _with_files(_request(given, text), settings)
        analysis = asyncio.run(_analysis(request, settings))
    except LossmaskError as error:
        print(_plain(error, given, text), file=sys.stderr)
        return 2
    _print(analysis, request, as_json=given.json)
    return 0 if analysis.outcome.kind == "ok" else 1


async def _analysis(request: AnalysisRequest, settings: Settings) -> Analysis:
    values = {setting.variable: settings.text(setting.name) for setting in SETTINGS}
    async with EnginePool(Settings({**values, "LOSSMASK_WORKERS": "1"})) as engine:
        return await engine.analyse(request)


def _print(analysis: Analysis, request: AnalysisRequest, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(encoded(analysis.as_json()) + b"\n")
    else:
        style = Style.of(sys.stdout)
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        for line in draw(analysis, request.conversation, style):
            print(line)
    sys.stdout.flush()


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise LossmaskError(f"{file} cannot be read: {error.strerror}.", code="no-file") from None


def _request(given: Namespace, text: str) -> AnalysisRequest:
    """What the file asks for, with what the command line says in its place."""
    body = _request_body(text) or {"conversation": _conversation(given, text)}
    flags = {
        "tokenizer": given.tokenizer and as_typed(given.tokenizer),
        "tokenizer_loader": given.loader,
        "chat_template": given.template and _template_source(given.template),
        "today": given.today,
    }
    body |= {name: value for name, value in flags.items() if value is not None}
    if given.strategy or given.option:
        name = given.strategy or _strategy_name(body)
        body["strategy"] = {"name": name, "options": dict(_pairs(given.option, "--option"))}
    arguments = {
        key: _json_or_text(value) for key, value in _pairs(given.template_argument, "--template-argument")
    }
    if arguments:
        body["template_arguments"] = {**(body.get("template_arguments") or {}), **arguments}
    return AnalysisRequest.from_json(body)


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


def _strategy_name(body: dict[str, Any]) -> str | None:
    strategy = body.get("strategy")
    return strategy.get("name") if isinstance(strategy, dict) else strategy


def _template_source(given: str) -> str:
    if given.startswith(("bundled:", "named:")):
        return given
    return read_utf8(_read(given))


def _pairs(given: Sequence[str], flag: str) -> list[tuple[str, str]]:
    for text in given:
        if "=" not in text:
            raise OptionError(f"`{flag}` is written as name=value, not {text!r}.")
    return [(name, value) for name, _, value in (text.partition("=") for text in given)]


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _with_files(request: AnalysisRequest, settings: Settings) -> AnalysisRequest:
    """The request with its tokenizer's files on this machine."""
    report = _show if sys.stderr.isatty() else _ignore
    pinned = fetch(TokenizerRef.parse(request.tokenizer), settings, report, lambda: False)
    return replace(request, tokenizer=pinned.text)


def _show(progress: Progress) -> None:
    done = progress.step == "done"
    share = f"{progress.bytes / 2**20:.1f} of {progress.total / 2**20:.1f} MiB" if progress.total else "…"
    end = "\r\x1b[K" if done else ""
    print(f"\r\x1b[Kdownloading {progress.file} {share}{end}", end="", file=sys.stderr, flush=True)


def _ignore(progress: Progress) -> None:
    pass


def _plain(error: LossmaskError, given: Namespace, text: str) -> str:
    """One line, and where the fault is in a text at hand, that place with a caret under it."""
    line = f"lossmask: {printable(error.detail)}"
    source = _source_of(error, given, text)
    if error.where is None or not source:
        return line
    quoted = caret(source, error.where)
    # A caret under a column that nobody knows would point at nothing.
    quoted = quoted if error.where.column else quoted.split("\n")[0]
    return f"{line}\nline {error.where.line}:\n{quoted}"


def _source_of(error: LossmaskError, given: Namespace, text: str) -> str:
    if isinstance(error, ConversationError | BadJson):
        return text
    if isinstance(error, TemplateError) and given.template:
        source = _template_source(given.template)
        return "" if source == given.template else source
    return ""
