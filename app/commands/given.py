"""What commands that analyse share: files, flags as fields of a request, downloads, faults in plain words."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.parsing import caret
from ..core.request import AnalysisRequest
from ..core.request_text import BadJson, read_utf8
from ..errors import ConversationError, LossmaskError, OptionError, TemplateError
from ..settings import Settings
from ..tokenization.hub import Progress, fetch
from ..tokenization.names import TokenizerRef, as_typed
from .terminal import printable


def read(file: str) -> bytes:
    """A file's bytes, or those of standard input for `-`.

    Raises:
        LossmaskError: the file cannot be read.
    """
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise cannot_read(file, error) from None


def cannot_read(file: str, error: OSError) -> LossmaskError:
    """The error for a file that is not there, or not for us."""
    return LossmaskError(f"{file} cannot be read: {error.strerror}.", code="no-file")


def with_flags(body: dict[str, Any], given: Namespace) -> dict[str, Any]:
    """Fields of a request, with what the command line says in their place."""
    flags = {
        "tokenizer": given.tokenizer and as_typed(given.tokenizer),
        "tokenizer_loader": given.loader,
        "chat_template": given.template and _template_source(given.template),
        "today": given.today,
    }
    body = body | {name: value for name, value in flags.items() if value is not None}
    if given.strategy or given.option:
        name = given.strategy or _strategy_name(body)
        body["strategy"] = {"name": name, "options": dict(option_pairs(given.option, "--option"))}
    arguments = {
        key: _json_or_text(value)
        for key, value in option_pairs(given.template_argument, "--template-argument")
    }
    if arguments:
        body["template_arguments"] = {**(body.get("template_arguments") or {}), **arguments}
    return body


def with_files(request: AnalysisRequest, settings: Settings) -> AnalysisRequest:
    """The request with its tokenizer's files on this machine."""
    report = _show if sys.stderr.isatty() else _ignore
    pinned = fetch(TokenizerRef.parse(request.tokenizer), settings, report, lambda: False)
    return replace(request, tokenizer=pinned.text)


def plain(error: LossmaskError, given: Namespace, text: str = "") -> str:
    """One line, and where the fault is in a text at hand, that place with a caret under it."""
    line = f"lossmask: {printable(error.detail)}"
    source = _source_of(error, given, text)
    if error.where is None or not source:
        return line
    quoted = caret(source, error.where)
    # A caret under a column that nobody knows would point at nothing.
    quoted = quoted if error.where.column else quoted.split("\n")[0]
    return f"{line}\nline {error.where.line}:\n{quoted}"


def _strategy_name(body: dict[str, Any]) -> str | None:
    strategy = body.get("strategy")
    return strategy.get("name") if isinstance(strategy, dict) else strategy


def _template_source(given: str) -> str:
    if given.startswith(("bundled:", "named:")):
        return given
    return read_utf8(read(given))


def option_pairs(given: Sequence[str], flag: str) -> list[tuple[str, str]]:
    """Names and values out of `name=value`.

    Raises:
        OptionError: there is no equals sign.
    """
    for text in given:
        if "=" not in text:
            raise OptionError(f"`{flag}` is written as name=value, not {text!r}.")
    return [(name, value) for name, _, value in (text.partition("=") for text in given)]


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _show(progress: Progress) -> None:
    done = progress.step == "done"
    share = f"{progress.bytes / 2**20:.1f} of {progress.total / 2**20:.1f} MiB" if progress.total else "…"
    end = "\r\x1b[K" if done else ""
    print(f"\r\x1b[Kdownloading {progress.file} {share}{end}", end="", file=sys.stderr, flush=True)


def _ignore(progress: Progress) -> None:
    pass


def _source_of(error: LossmaskError, given: Namespace, text: str) -> str:
    if isinstance(error, ConversationError | BadJson):
        return text
    if isinstance(error, TemplateError) and given.template:
        source = _template_source(given.template)
        return "" if source == given.template else source
    return ""
