"""Starts the process that holds a model, hears its progress, and ends it: done, in time, or at once.

The process is killed where the calling task is cancelled and where its time is up; its memory is
the system's again then. Only one runs at a time in this program.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.scrub import is_kept
from ..errors import Busy, ModelError
from ..settings import Settings
from .progress import Progress, Report

COMMAND = (sys.executable, "-P", "-m", "lossmask.losses.worker")

MOST_LINE_BYTES = 2**26
"""Of one line of the process; the longest tells how the likely tokens are spelt."""

_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}
_KEPT_FAMILIES = ("CUDA_", "NVIDIA_", "HIP_", "HSA_", "ROCR_", "OMP_", "MKL_", "PYTORCH_", "TORCH_", "USER")
"""How the libraries are told which devices and how many threads to use, and whose they are."""

_log = logging.getLogger(__name__)
_running: set[Process | None] = set()


@dataclass(frozen=True, slots=True)
class Result:
    """What the process found: arrays by name, and how each likely id is spelt."""

    arrays: Mapping[str, Any]
    pieces: Mapping[int, str]


async def run(job: Mapping[str, Any], settings: Settings, report: Report) -> Result:
    """Do a job in a process of its own.

    Raises:
        ModelError: as the job does; `model-timeout`, `model-memory` or `model-stopped`.
        Busy: another model is at work.
    """
    if _running:
        raise Busy("Another model is at work on this server; please try again when it is done.")
    _running.add(None)
    try:
        process = await _started()
        _running.add(process)
        try:
            return await asyncio.wait_for(_result(process, job, report), settings.number("model_seconds"))
        except TimeoutError:
            raise _out_of_time(settings) from None
        finally:
            await _end(process)
    finally:
        _running.clear()


def running() -> list[int]:
    """Process ids of the models at work."""
    return [process.pid for process in _running if process is not None]


async def _started() -> Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=environment(),
        limit=MOST_LINE_BYTES,
    )


def environment() -> dict[str, str]:
    """What the process sees of this one's variables: no token and no key is among them."""
    kept = {
        name: value for name, value in os.environ.items() if is_kept(name) or name.startswith(_KEPT_FAMILIES)
    }
    return kept | _ENVIRONMENT


async def _result(process: Process, job: Mapping[str, Any], report: Report) -> Result:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(job).encode() + b"\n")
        await process.stdin.drain()
    except ConnectionError:
        raise _stopped(job) from None
    async for line in process.stdout:
        told = json.loads(line)
        if told["event"] == "result":
            return _read(await process.stdout.readexactly(told["bytes"]), told["pieces"])
        _hear(told, job, report)
    raise _stopped(job)


def _hear(told: Mapping[str, Any], job: Mapping[str, Any], report: Report) -> None:
    if told["event"] == "progress":
        return report(Progress(told["step"], told["done"], told["total"]))
    if told["event"] == "refused":
        raise ModelError(told["detail"], code=told["code"])
    _log.error("The process of a model failed:\n%s", told["traceback"])
    if told["event"] == "memory":
        raise _out_of_memory(job)
    last = str(told["traceback"]).strip().rpartition("\n")[2][:300]
    raise ModelError(f"{job['name']} could not be run: {last.replace(str(job['folder']), str(job['name']))}")


def _read(body: bytes, pieces: Mapping[str, str]) -> Result:
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        return Result(dict(arrays), {int(index): piece for index, piece in pieces.items()})


async def _end(process: Process) -> None:
    """Kill it where it has not ended, and wait until the system has taken it away."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    await asyncio.shield(process.wait())


def _out_of_time(settings: Settings) -> ModelError:
    seconds = settings.number("model_seconds")
    return ModelError(
        f"The model was not done within {seconds:g} seconds and was stopped. A smaller model or a "
        "shorter conversation takes less; the operator can set LOSSMASK_MODEL_SECONDS.",
        code="model-timeout",
    )


def _out_of_memory(job: Mapping[str, Any]) -> ModelError:
    return ModelError(
        f"{job['name']} needs more memory than there is, or than it may take here: {job['megabytes']:,} MiB. "
        "A smaller model or a shorter conversation takes less; the operator sets LOSSMASK_MODEL_MEGABYTES.",
        code="model-memory",
    )


def _stopped(job: Mapping[str, Any]) -> ModelError:
    return ModelError(
        f"The process that ran {job['name']} was ended, most often because the machine's memory is full.",
        code="model-stopped",
    )
