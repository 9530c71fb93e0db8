"""A worker process from its start to its end: confined for good, it does one job after another.

Jobs are in `worker`. What the pool sends is trusted, what is sent back is not, see `messages`. The web
process imports this module to name its function, so it stays light: whatever is heavy is imported when
a worker starts.
"""

from __future__ import annotations

import importlib
import logging
import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, TypeAlias, TypeVar

from ..errors import LossmaskError
from ..settings import Settings
from . import limits, syscalls
from .messages import packed
from .stages import Stage, Stages
from .traces import WorkerError, trace_of

T = TypeVar("T")
Environment: TypeAlias = Mapping[str, str]
Job: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]
"""A module's function, and what it is called with after the environment."""

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


def serve(place: int, stages: Stages, environment: Environment, channel: socket.socket) -> None:
    """Start, then do what comes through the channel until it is closed."""
    # Read and written as a file, since the filter turns away what sockets are read and written with.
    connection = Connection(channel.detach())
    _start(place, stages)
    while True:
        try:
            message = connection.recv_bytes()
        except EOFError:
            return
        connection.send_bytes(_answer(message, environment))


def _start(place: int, stages: Stages) -> None:
    importlib.import_module(".preload", __package__)
    _this.place, _this.stages, _this.base = place, stages, limits.address_space()
    # Whoever ends the server from its terminal ends the server, which ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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


def _answer(message: bytes, environment: Environment) -> bytes:
    """A job's result or its error, and which of them it is."""
    enter("begun")
    try:
        function, arguments = pickle.loads(message)
        return packed((True, function(environment, *arguments)))
    except Exception as error:
        return _told(error)
    except BaseException as error:
        # A `SystemExit` would end this worker, and a library's panic cannot be sent at all.
        return _told(_fault(error))


def _told(error: Exception) -> bytes:
    try:
        return packed((False, error))
    except Exception:
        return packed((False, _fault(error)))


def enter(stage: Stage) -> None:
    """Note what this worker's job is at."""
    if _this.stages is not None:
        _this.stages.enter(_this.place, stage)


def limited(
    settings: Settings, function: Callable[[], T], *, allowance: str = "job_seconds", threads: int = 1
) -> T:
    """Call a function under the limits of one job; `allowance` names the setting that is its time.

    Raises:
        LossmaskError, MemoryError: as the function does.
        WorkerError: for any other exception.
    """
    enter("loading" if allowance == "load_seconds" else "working")
    budget = settings.integer("job_megabytes")
    try:
        limits.arm(settings.number(allowance), budget, threads, _most(budget))
        return function()
    except MemoryError:
        raise
    except LossmaskError as error:
        raise _clipped(error) from None
    except Exception as error:
        raise _fault(error) from None
    finally:
        limits.disarm()


def held() -> int:
    """Bytes of address space that this worker's jobs have left behind."""
    return limits.address_space() - _this.base


def _most(budget: int) -> int | None:
    """Bytes of address space that this worker may ever hold, whatever earlier jobs left behind."""
    return _this.base + (KEPT + 1) * budget * 2**20 if _this.base else None


def _fault(error: BaseException) -> WorkerError:
    return WorkerError(_clip(trace_of(error)))


def _clipped(error: LossmaskError) -> LossmaskError:
    error.detail = _clip(error.detail)
    error.args = (error.detail,)
    return error


def _clip(text: str) -> str:
    if len(text) <= MOST_SAID:
        return text
    half = MOST_SAID // 2
    return f"{text[:half]} [{len(text) - 2 * half:,} characters left out] {text[-half:]}"
