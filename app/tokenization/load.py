"""From a folder to a tokenizer that encodes: as `AutoTokenizer` reads it, or as `tokenizer.json` is written.

Covered: explicit folders only, never a user's text; no code out of the folder is run, and no
network is used. Not covered: slow tokenizers, which know no offsets; they are refused.

Loading a large vocabulary takes half a second and holds the interpreter's lock, so it is
done in a worker process, never in the web process.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.request import Loader
from ..errors import LossmaskError, TokenizerError
from .loaded import Description, LoadedTokenizer
from .locate import BUNDLED, Location
from .templates import chat_templates

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Backend

KEPT = 4
"""Loaded tokenizers that a worker keeps: each takes 50 to 200 MB."""

READ_AS_WRITTEN = ("TokenizersBackend", "PreTrainedTokenizerFast")
"""transformers' classes that take `tokenizer.json` as their backend instead of building one."""

OFFLINE = {"trust_remote_code": False, "local_files_only": True}

VOCABULARIES = ("tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model", "spiece.model", "tekken.json")


def load(location: Location, loader: Loader = "auto") -> LoadedTokenizer:
    """The tokenizer in a folder.

    Raises:
        TokenizerError: `no-tokenizer`, where the folder holds none; `no-offsets`, where it is a
            slow one; `broken-tokenizer`, where the library cannot read it.
    """
    _check(location, loader)
    if location.folder == BUNDLED:
        return LoadedTokenizer(location, loader, _bundled(location.folder), _written(location.folder))
    with _plain_errors(location):
        tokenizer = _by_transformers(location, loader)
    if not tokenizer.is_fast:
        raise TokenizerError(
            f"{location.name} is a slow tokenizer: it does not tell which characters a token covers.",
            code="no-offsets",
        )
    with _plain_errors(location):
        backend = _written(location.folder) if loader == "file" else tokenizer.backend_tokenizer
        return LoadedTokenizer(location, loader, _description(tokenizer, location.folder), backend)


@lru_cache(maxsize=KEPT)
def load_cached(location: Location, loader: Loader = "auto") -> LoadedTokenizer:
    """As `load`, keeping the last few; files that change under a loaded tokenizer are not noticed."""
    return load(location, loader)


def _check(location: Location, loader: Loader) -> None:
    present = {path.name for path in location.folder.iterdir()}
    if not present & set(VOCABULARIES):
        raise TokenizerError(f"{location.name} has no tokenizer among its files.", code="no-tokenizer")
    if loader == "file" and "tokenizer.json" not in present:
        raise TokenizerError(
            f"{location.name} has no tokenizer.json; only the loader `auto` can read it.", code="no-tokenizer"
        )


def _by_transformers(location: Location, loader: Loader) -> Any:
    quiet()
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if loader == "file":
        return PreTrainedTokenizerFast.from_pretrained(str(location.folder), **OFFLINE)
    return AutoTokenizer.from_pretrained(str(location.folder), config=_config(location), **OFFLINE)


def _config(location: Location) -> Any:
    """The model's configuration as AutoTokenizer would read it, under the name that frameworks load it by.

    transformers keeps a list of models, by name, whose declared class it ignores; from the
    path of a folder alone it would not know them.
    """
    from transformers import AutoConfig, PreTrainedConfig

    try:
        config = AutoConfig.from_pretrained(str(location.folder), **OFFLINE)
    except (ValueError, OSError):
        config = PreTrainedConfig.from_pretrained(str(location.folder), **OFFLINE)
    if location.name.startswith("hub:"):
        config._name_or_path = location.name.removeprefix("hub:")
    return config


def _description(tokenizer: Any, folder: Path) -> Description:
    return Description(
        special_tokens=dict(tokenizer.special_tokens_map),
        chat_templates=chat_templates(tokenizer.chat_template, folder),
        splits_special=bool(tokenizer.split_special_tokens),
        rebuilt=type(tokenizer).__name__ not in READ_AS_WRITTEN,
        truncation_side=tokenizer.truncation_side,
    )


def _bundled(folder: Path) -> Description:
    """As AutoTokenizer would give it, without the two seconds that importing transformers takes."""
    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    special = {name: str(config[name]) for name in ("bos_token", "eos_token", "pad_token")}
    return Description(special)


def _written(folder: Path) -> Backend:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def quiet() -> None:
    """Keep transformers from writing advice to the terminal; before its first import."""
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@contextmanager
def _plain_errors(location: Location) -> Iterator[None]:
    """Turn whatever the libraries raise about a folder into one sentence without the server's paths."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (LossmaskError, MemoryError):
        raise
    except BaseException as error:
        # A panic of the Rust library derives from BaseException alone.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise TokenizerError(_sentence(location, error), code="broken-tokenizer") from error


def _sentence(location: Location, error: BaseException) -> str:
    if "trust_remote_code" in str(error):
        return f"{location.name} needs code of its own to be run, which this program never does."
    said = str(error).strip().partition("\n")[0].replace(str(location.folder), location.name)[:200]
    return f"The files of {location.name} cannot be read as a tokenizer: {said or type(error).__name__}"
