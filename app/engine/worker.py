"""What runs inside a worker process: one job at a time, on one thread, under `limits`.

The web process imports this module to name its functions, so it stays light: whatever is
heavy is imported when a worker starts.
"""

from __future__ import annotations

import gc
import importlib
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from ..core.analysis import Analysis, Finding, Outcome
from ..core.batch.answer import Batch
from ..core.batch.request import BatchRequest
from ..core.matrix import Matrix
from ..core.request import AnalysisRequest
from ..errors import LossmaskError
from ..settings import Settings
from . import limits, syscalls
from .bounds import check_batch_size, check_size
from .stages import Stage, Stages
from .threads import encoding_threads
from .traces import Traced, trace_of

T = TypeVar("T")
Environment: TypeAlias = Mapping[str, str]
OptionsByStrategy: TypeAlias = Mapping[str, Mapping[str, Any]]

KEPT = 2
"""How many jobs' memory a worker may keep in its caches of templates and tokenizers."""

MOST_SAID = 2000
"""Characters of an error; a chat template can raise one as long as it likes."""

_log = logging.getLogger(__name__)


@dataclass
class _This:
    """This worker: where it notes what it is at, and the address space that it started with."""

    stages: Stages | None = None
    place: int = 0
    base: int = 0


_this = _This()


class WorkerError(Traced):
    """A job failed through a fault of this program; its message is where that was, see `traces`.

    A library's exception may not survive the way between processes; and its text may quote the conversation.
    """


def start(stages: Stages | None = None) -> None:
    """Once for each worker, before its first job; it is confined for good."""
    importlib.import_module(".preload", __package__)
    _this.stages, _this.base = stages, limits.address_space()
    limits.confine()
    limits.die_with_parent()
    _let_fork_server_end()
    # Opened before the filter, which lets no file be opened to be written.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if sys.platform == "linux" and not syscalls.restrict():
        _log.warning("This kernel takes no filter: workers keep the network and the files of their user.")
    _silence(nowhere)


def _silence(nowhere: int) -> None:
    """From now on whatever this worker prints is lost.

    A library may print what it stumbles over, as a panic of the tokenizer's does; no log may hold that.
    """
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _let_fork_server_end() -> None:
    """Give up this worker's end of the pipe that keeps the fork server alive.

    The fork server then ends as soon as the web process does, however that ends, and its workers with it.
    """
    held = getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
    pipe = getattr(held, "_forkserver_alive_fd", None)
    if pipe is not None:
        os.close(pipe)
        held._forkserver_alive_fd = None  # type: ignore[union-attr]


def call(place: int, function: Callable[..., T], *arguments: Any) -> T:
    """Do a job, noting in its place what it is at."""
    _this.place = place
    _enter("waiting")
    try:
        return function(*arguments)
    except Exception:
        raise
    except BaseException as error:
        # A `SystemExit` would go on to end the web process, and a library's panic cannot be sent at all.
        raise WorkerError(_clip(trace_of(error))) from None


def _enter(stage: Stage) -> None:
    if _this.stages is not None:
        _this.stages.enter(_this.place, stage)


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


def batch(environment: Environment, request: BatchRequest) -> Batch:
    """What the tokens of several conversations weigh, within the limits of one batch."""
    return _batch(environment, request, lambda found: found)


def batch_json(environment: Environment, request: BatchRequest) -> bytes:
    """The same as the body that the API answers."""
    return _batch(environment, request, lambda found: encoded(found.as_json()))


def _batch(environment: Environment, request: BatchRequest, told: Callable[[Batch], T]) -> T:
    from .batch import analyse_batch

    settings = Settings(environment)
    check_batch_size(request, settings)
    _prepare(request.base, settings)
    with encoding_threads() as threads:
        return limited(
            settings,
            lambda: told(analyse_batch(request, settings)),
            allowance="batch_seconds",
            threads=threads,
        )


def encoded(value: object) -> bytes:
    r"""Compact JSON.

    >>> encoded({"text": "é"})
    b'{"text":"\xc3\xa9"}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def limited(
    settings: Settings, function: Callable[[], T], *, allowance: str = "job_seconds", threads: int = 1
) -> T:
    """Call a function under the limits of one job; `allowance` names the setting that is its time.

    Raises:
        LossmaskError, MemoryError: as the function does.
        WorkerError: for any other exception.
    """
    _enter("loading" if allowance == "load_seconds" else "working")
    budget = settings.integer("job_megabytes")
    try:
        limits.arm(settings.number(allowance), budget, threads, _most(budget))
        return function()
    except MemoryError:
        raise
    except LossmaskError as error:
        raise _clipped(error) from None
    except Exception as error:
        raise WorkerError(_clip(trace_of(error))) from None
    finally:
        limits.disarm()


def _most(budget: int) -> int | None:
    """Bytes of address space that this worker may ever hold, whatever earlier jobs left behind."""
    return _this.base + (KEPT + 1) * budget * 2**20 if _this.base else None


def _clipped(error: LossmaskError) -> LossmaskError:
    error.detail = _clip(error.detail)
    error.args = (error.detail,)
    return error


def _clip(text: str) -> str:
    if len(text) <= MOST_SAID:
        return text
    half = MOST_SAID // 2
    return f"{text[:half]} [{len(text) - 2 * half:,} characters left out] {text[-half:]}"


def let_go(settings: Settings) -> None:
    """Empty the caches of templates and tokenizers, where they hold more than their share."""
    from ..rendering.render import compile_template
    from ..tokenization.load import load_cached

    share = KEPT * settings.integer("job_megabytes") * 2**20
    for empty in (limits.trim, compile_template.cache_clear, load_cached.cache_clear):
        if limits.address_space() - _this.base <= share:
            return
        empty()
        gc.collect()
        limits.trim()


def _prepare(request: AnalysisRequest, settings: Settings) -> None:
    """Refuse what is too large, and load the tokenizer, whose time is not the chat template's."""
    check_size(request, settings)
    let_go(settings)
    limited(settings, lambda: _tokenizer(request, settings), allowance="load_seconds")


def _tokenizer(request: AnalysisRequest, settings: Settings) -> Any:
    from ..tokenization.load import load_cached
    from ..tokenization.locate import locate
    from ..tokenization.names import TokenizerRef

    return load_cached(locate(TokenizerRef.parse(request.tokenizer), settings), request.tokenizer_loader)
