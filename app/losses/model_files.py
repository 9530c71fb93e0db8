"""The files of a model that gives losses: which there are, where they lie, what they say unloaded.

Covered: `config.json` and safetensors, out of a folder that the operator offers or from the Hub.
Not covered, and refused: pickled weights, which can run code; adapters; quantized weights.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from ..errors import ModelError, TokenizerError
from ..settings import Settings
from ..tokenization import cache
from ..tokenization.hub import Kind, fetch
from ..tokenization.hub import Progress as Downloaded
from ..tokenization.names import TokenizerRef, as_typed
from .progress import Progress, Report

CONFIG = "config.json"
WHOLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_PICKLED = re.compile(r".*\.(bin|pt|pth|ckpt|pkl)")

MOST_HEADER_BYTES = 100_000_000
"""The most that the header of a safetensors file may have, by the format's own rule."""

_SPELLINGS = "write `local:FOLDER`, `hub:ORG/NAME` or `hub:ORG/NAME@REVISION`"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a model's files say of it: sizes in tokens where the configuration has them, and its weights."""

    vocabulary: int | None
    positions: int | None
    numbers: int
    bytes: int
    dtype: str
    """Of most weights, in the spelling of safetensors: `F32`, `BF16`, …"""


def model_ref(name: str) -> TokenizerRef:
    """A model's name taken apart; a bare `ORG/NAME` means the Hub.

    Raises:
        ModelError: `bad-model-id`.
    """
    try:
        ref = TokenizerRef.parse(as_typed(name))
    except TokenizerError:
        raise ModelError(f"{name!r} does not name a model; {_SPELLINGS}.", code="bad-model-id") from None
    if ref.source == "bundled":
        raise ModelError(f"No model comes with Lossmask; {_SPELLINGS}.", code="bad-model-id")
    return ref


def model_names(settings: Settings) -> list[str]:
    """The folders that `local:` can name, sorted."""
    root = settings.text("models")
    if not root or not Path(root).is_dir():
        return []
    folders = (folder for folder in Path(root).iterdir() if not folder.is_symlink())
    return sorted(folder.name for folder in folders if (folder / CONFIG).is_file())


def downloaded(
    ref: TokenizerRef, settings: Settings, report: Report, cancelled: Callable[[], bool]
) -> TokenizerRef:
    """The name pinned to a commit whose files are here; blocks while they are downloaded.

    Raises:
        ModelError: with a code of `TokenizerError`, or `model-too-large` or `unreadable-model`.
    """

    def tell(told: Downloaded) -> None:
        if told.step != "done":
            report(Progress(told.step, told.bytes, told.total, told.file))

    try:
        return fetch(ref, settings, tell, cancelled, WEIGHTS)
    except TokenizerError as error:
        code = _CODES.get(error.code, error.code)
        raise ModelError(error.detail, code=code) from error


def folder_of(ref: TokenizerRef, settings: Settings) -> Path:
    """Where the files of a model lie.

    Raises:
        ModelError: `unknown-model`.
    """
    if ref.source == "local":
        return _local(ref.name, settings)
    folder = cache.snapshot(ref.name, ref.revision or "", WEIGHTS.shelf)
    if folder is None:
        raise ModelError(f"{ref.text} has not been downloaded yet.", code="unknown-model")
    return folder


def read_checkpoint(folder: Path, name: str) -> Checkpoint:
    """What the files of a folder say, without loading any weights.

    Raises:
        ModelError: `unreadable-model`.
    """
    names = [path.name for path in folder.iterdir()]
    weights = [file for file in wanted(names) if file.endswith(".safetensors")]
    if CONFIG not in names or not weights:
        raise ModelError(_nothing(name, names), code="unreadable-model")
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        return _checkpoint(name, config, [_header(folder / file) for file in weights])
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        sentence = f"The files of {name} cannot be read as a model: {type(error).__name__}."
        raise ModelError(sentence, code="unreadable-model") from error


def wanted(names: Iterable[str]) -> list[str]:
    """The files to download; empty where there is no model among them.

    >>> wanted(["config.json", "model.safetensors", "pytorch_model.bin"])
    ['config.json', 'model.safetensors']
    """
    present = set(names)
    weights = [WHOLE] if WHOLE in present else sorted(filter(_SHARD.fullmatch, present))
    if CONFIG not in present or not weights or (WHOLE not in present and INDEX not in present):
        return []
    return [CONFIG, *weights, *([INDEX] if WHOLE not in present else [])]


def _local(name: str, settings: Settings) -> Path:
    root = settings.text("models")
    if not root:
        raise ModelError(
            "This server offers no local models: its operator has not set LOSSMASK_MODELS.",
            code="unknown-model",
        )
    folder = Path(root).resolve() / name
    # A link may lead anywhere on the machine, and so out of what the operator offered.
    if not folder.is_dir() or folder.resolve() != folder:
        raise ModelError(f"There is no model folder {name!r} on this server.", code="unknown-model")
    return folder


def _checkpoint(name: str, config: Mapping[str, Any], headers: list[dict[str, Any]]) -> Checkpoint:
    if config.get("quantization_config"):
        method = config["quantization_config"].get("quant_method", "in some way")
        raise ModelError(f"The weights of {name} are quantized ({method}), which is not read.")
    text = config.get("text_config") or config
    numbers: Counter[str] = Counter()
    for header in headers:
        for tensor in header.values():
            numbers[tensor["dtype"]] += prod(tensor["shape"])
    return Checkpoint(
        text.get("vocab_size"),
        text.get("max_position_embeddings"),
        numbers.total(),
        sum(tensor["data_offsets"][1] - tensor["data_offsets"][0] for h in headers for tensor in h.values()),
        max(numbers, key=lambda dtype: numbers[dtype]),
    )


def _header(path: Path) -> dict[str, Any]:
    """Names, types and shapes of the tensors in a safetensors file."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > MOST_HEADER_BYTES:
            raise ValueError("The header is too long.")
        header: dict[str, Any] = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return header


def _nothing(name: str, names: Iterable[str]) -> str:
    present = set(names)
    pickled = sorted(file for file in present if _PICKLED.fullmatch(file))
    if "adapter_config.json" in present and CONFIG not in present:
        return f"{name} is an adapter; merge it into its model and save that as safetensors."
    if CONFIG in present and pickled:
        return (
            f"{name} has its weights as {pickled[0]} alone, and a pickled file can run code of its own. "
            "Only safetensors are read; convert it by save_pretrained."
        )
    return f"{name} has no model that can be loaded: it takes {CONFIG} and {WHOLE}, or its shards."


def _missing(ref: TokenizerRef, names: Mapping[str, int]) -> TokenizerError:
    return TokenizerError(_nothing(ref.name, names), code="no-tokenizer")


_CODES = {
    "unknown-tokenizer": "unknown-model",
    "no-tokenizer": "unreadable-model",
    "tokenizer-too-large": "model-too-large",
}

WEIGHTS = Kind(
    wanted, _missing, "model_download_megabytes", "model_download_seconds", "models", "The model {}"
)
