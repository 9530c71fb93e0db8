"""Losses by a model of the user's choice: what is checked first, the process's job, its result as columns.

Covered: any causal model that transformers brings the code of, from the Hub or a folder that the
operator offers, as safetensors. The ids of the examples are run as they are; nothing is tokenized
again. Not covered: padding and packing, since every example is run by itself.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..core.analysis import Analysis
from ..core.example import Example
from ..core.losses import Likely, Losses, targets
from ..errors import ModelError, TooLarge
from ..settings import Settings
from ..tokenization.locate import locate
from ..tokenization.names import TokenizerRef
from .model_files import Checkpoint, downloaded, folder_of, model_ref, read_checkpoint
from .process import Result, run
from .progress import Progress, Report, ignore

NEEDED = ("torch", "safetensors")


async def losses_of_model(
    name: str, analysis: Analysis, settings: Settings, report: Report = ignore
) -> list[Losses]:
    """The losses of every example of an analysis, in its order.

    Where the calling task is cancelled, the download or the model's process ends.

    Raises:
        ModelError: the model cannot be had or does not fit; or ran over a limit.
        TooLarge: the examples have more tokens than a model is run over.
        Busy: another model is at work.
    """
    check_installed()
    ref = model_ref(name)
    examples = [row.example for row in analysis.examples]
    _check_length(examples, settings)
    pinned = await _downloaded(ref, settings, report)
    folder = folder_of(pinned, settings)
    checkpoint = await asyncio.to_thread(read_checkpoint, folder, ref.text)
    _check_fit(ref, checkpoint, examples)
    report(Progress("starting"))
    result = await run(_job(ref, folder, checkpoint, analysis, settings), settings, report)
    report(Progress("done"))
    return [_losses(pinned.text, result, index) for index in range(len(examples))]


def check_installed() -> None:
    """Say how to install what models need, where it is not here.

    Raises:
        ModelError: `no-torch`.
    """
    missing = [library for library in NEEDED if find_spec(library) is None]
    if missing:
        raise ModelError(
            f"Losses by a model need {' and '.join(missing)}, which is not installed here. "
            'Install Lossmask with its extra: uv pip install "lossmask[model]"; '
            "in its folder: uv sync --extra model.",
            code="no-torch",
        )


async def _downloaded(ref: TokenizerRef, settings: Settings, report: Report) -> TokenizerRef:
    """The pinned name, its files here; a thread downloads, and stops soon where the task is cancelled."""
    cancelled = threading.Event()
    try:
        return await asyncio.to_thread(downloaded, ref, settings, report, cancelled.is_set)
    except asyncio.CancelledError:
        cancelled.set()
        raise


def _check_length(examples: Sequence[Example], settings: Settings) -> None:
    tokens, most = sum(len(example.tokens) for example in examples), settings.integer("model_tokens")
    if tokens > most:
        raise TooLarge(f"The examples have {tokens:,} tokens; a model is run over at most {most:,}.")


def _check_fit(ref: TokenizerRef, checkpoint: Checkpoint, examples: Sequence[Example]) -> None:
    """What the configuration tells before any weight is loaded; the process looks at the weights again."""
    from .loading import check_vocabulary

    longest = max(len(example.tokens) for example in examples)
    if checkpoint.positions is not None and longest > checkpoint.positions:
        raise ModelError(
            f"An example has {longest:,} tokens, and {ref.text} is made for at most {checkpoint.positions}.",
            code="model-too-large",
        )
    for example in examples:
        if checkpoint.vocabulary is not None:
            check_vocabulary(ref.text, checkpoint.vocabulary, example.tokens.ids, targets(example))


def _job(
    ref: TokenizerRef, folder: Path, checkpoint: Checkpoint, analysis: Analysis, settings: Settings
) -> dict[str, Any]:
    used = analysis.tokenizer
    at = f"@{used.revision}" if used.revision else ""
    tokenizer = locate(TokenizerRef.parse(f"{used.name}{at}"), settings)
    return {
        "folder": str(folder),
        "name": ref.text,
        "megabytes": settings.integer("model_megabytes"),
        "mapped_bytes": checkpoint.bytes,
        "tokenizer": {
            "name": tokenizer.name,
            "revision": tokenizer.revision,
            "folder": str(tokenizer.folder),
            "loader": used.loader,
        },
        "examples": [
            {"ids": row.example.tokens.ids.tolist(), "targets": targets(row.example).tolist()}
            for row in analysis.examples
        ],
    }


def _losses(source: str, result: Result, index: int) -> Losses:
    column = {name: result.arrays[f"{name}{index}"] for name in ("cross_entropy", "ranks")}
    likeliest, probabilities = (result.arrays[f"{name}{index}"] for name in ("likeliest", "probabilities"))
    return Losses(
        f"model {source}",
        column["cross_entropy"],
        column["ranks"],
        tuple(
            tuple(Likely(i, result.pieces[i], p) for i, p in zip(ids, chances, strict=True) if i >= 0)
            for ids, chances in zip(likeliest.tolist(), probabilities.tolist(), strict=True)
        ),
    )
