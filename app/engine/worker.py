"""What runs inside a worker process: one job at a time, on one thread, under `limits`.

The web process imports this module to name its functions, so it stays light: whatever is
heavy is imported when a worker starts.
"""

from __future__ import annotations

import importlib
import json
import traceback
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from ..core.analysis import Analysis, Finding, Outcome
from ..core.matrix import Matrix
from ..core.request import AnalysisRequest
from ..errors import LossmaskError
from ..settings import Settings
from . import limits
from .bounds import check_size

T = TypeVar("T")
Environment: TypeAlias = Mapping[str, str]
OptionsByStrategy: TypeAlias = Mapping[str, Mapping[str, Any]]


class WorkerError(Exception):
    """A job failed through a fault of this program; its message is the worker's traceback.

    A library's exception may not survive the way between processes; its text does.
    """


def start() -> None:
    """Once for each worker, before its first job."""
    importlib.import_module(".preload", __package__)
    limits.confine()


def ready(environment: Environment) -> bool:
    """A job that any worker can do once it has started."""
    return True


def analyse(environment: Environment, request: AnalysisRequest) -> Analysis:
    """The analysis, within the limits of one job."""
    from .analyse import analyse as analysed

    settings = Settings(environment)
    _prepare(request, settings)
    return limited(settings, lambda: analysed(request, settings))


def analyse_json(environment: Environment, request: AnalysisRequest) -> bytes:
    """The analysis as the body that the API answers.

    A long one is written here, since that would hold up every other request of the web process.
    """
    from .analyse import analyse as analysed

    settings = Settings(environment)
    _prepare(request, settings)
    return limited(settings, lambda: encoded(analysed(request, settings).as_json()))


def check(environment: Environment, request: AnalysisRequest) -> tuple[Outcome, tuple[Finding, ...]]:
    """What the framework does with a row and what is wrong with its mask, without the columns.

    Those would take longer from process to process than many a row takes to analyse.
    """
    analysis = analyse(environment, request)
    return analysis.outcome, analysis.findings


def matrix(environment: Environment, request: AnalysisRequest, options: OptionsByStrategy) -> Matrix:
    """Every masking rule over one conversation, within the limits of one job."""
    from .matrix import matrix as rows

    settings = Settings(environment)
    _prepare(request, settings)
    return limited(settings, lambda: rows(request, settings, options))


def matrix_json(environment: Environment, request: AnalysisRequest, options: OptionsByStrategy) -> bytes:
    """The same as the body that the API answers."""
    from .matrix import matrix as rows

    settings = Settings(environment)
    _prepare(request, settings)
    return limited(settings, lambda: encoded(rows(request, settings, options).as_json()))


def encoded(value: object) -> bytes:
    r"""Compact JSON.

    >>> encoded({"text": "é"})
    b'{"text":"\xc3\xa9"}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def limited(settings: Settings, function: Callable[[], T], *, allowance: str = "job_seconds") -> T:
    """Call a function under the limits of one job; `allowance` names the setting that is its time.

    Raises:
        LossmaskError, MemoryError: as the function does.
        WorkerError: for any other exception.
    """
    limits.arm(settings.number(allowance), settings.integer("job_megabytes"))
    try:
        return function()
    except (LossmaskError, MemoryError):
        raise
    except Exception:
        raise WorkerError(traceback.format_exc()) from None
    finally:
        limits.disarm()


def _prepare(request: AnalysisRequest, settings: Settings) -> None:
    """Refuse what is too large, and load the tokenizer, whose time is not the chat template's."""
    check_size(request, settings)
    limited(settings, lambda: _tokenizer(request, settings), allowance="load_seconds")


def _tokenizer(request: AnalysisRequest, settings: Settings) -> Any:
    from ..tokenization.load import load_cached
    from ..tokenization.locate import locate
    from ..tokenization.names import TokenizerRef

    return load_cached(locate(TokenizerRef.parse(request.tokenizer), settings), request.tokenizer_loader)
