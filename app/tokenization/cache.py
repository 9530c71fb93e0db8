"""Where downloaded files are kept, apart from other programs' caches: a folder per model and commit.

A snapshot appears under its name all at once, so one that was cut off is never loaded.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import platformdirs

TOKENIZERS = "tokenizers"
"""The shelf that is meant where none is named; weights are kept on another."""


def root(shelf: str = TOKENIZERS) -> Path:
    """The user's cache folder for this program; on Linux, `XDG_CACHE_HOME` moves it."""
    return Path(platformdirs.user_cache_dir("lossmask")) / shelf


def snapshot(model: str, commit: str, shelf: str = TOKENIZERS) -> Path | None:
    """The folder of one model at one commit, where it has been downloaded."""
    folder = _model(model, shelf) / commit
    return folder if folder.is_dir() else None


def remembered(model: str, revision: str, shelf: str = TOKENIZERS) -> str | None:
    """The commit that a branch or a tag stood for when it was last resolved."""
    path = _reference(model, revision, shelf)
    return path.read_text(encoding="ascii") if path.is_file() else None


def remember(model: str, revision: str, commit: str, shelf: str = TOKENIZERS) -> None:
    """Note what a branch or a tag stands for now, for when there is no network."""
    path = _reference(model, revision, shelf)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(commit, encoding="ascii")


@contextmanager
def arriving(model: str, commit: str, shelf: str = TOKENIZERS) -> Iterator[Path]:
    """An empty folder to download into; it becomes the snapshot if the block ends well, else it goes."""
    parent = _model(model, shelf)
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".arriving-", dir=parent))
    try:
        yield folder
        _settle(folder, parent / commit)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settle(folder: Path, final: Path) -> None:
    try:
        os.replace(folder, final)
    except OSError:
        # Another download of the same commit may have ended first; its files are the same.
        if not final.is_dir():
            raise


def _model(model: str, shelf: str) -> Path:
    # `/` cannot stand in a folder's name, and `--` is in no model's.
    return root(shelf) / model.replace("/", "--")


def _reference(model: str, revision: str, shelf: str) -> Path:
    return _model(model, shelf) / "revisions" / quote(revision, safe="")
