"""The arenas of this folder's tests, each a pool of workers that lasts for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.arena import SHORT, SHORT_LOAD, Arena
from tests.hostile.judging import FIGURES
from tests.summaries import tell

tell("what hostile requests came to", lambda: [str(FIGURES)] if FIGURES.requests else [])


@pytest.fixture(scope="package")
def tokenizers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that every arena offers tokenizers from."""
    return tmp_path_factory.mktemp("tokenizers")


@pytest.fixture(scope="package")
def patient(tokenizers: Path) -> Iterator[Arena]:
    """An arena whose deadlines nothing reaches that ends at all."""
    yield from lasting(Arena(tokenizers))


@pytest.fixture(scope="package")
def hurried(tokenizers: Path) -> Iterator[Arena]:
    """An arena that gives a job half a second, for what never ends."""
    yield from lasting(Arena(tokenizers, job=SHORT))


@pytest.fixture(scope="package")
def hurried_loading(tokenizers: Path) -> Iterator[Arena]:
    """The same for the loading of a tokenizer."""
    yield from lasting(Arena(tokenizers, load=SHORT_LOAD))


def lasting(arena: Arena) -> Iterator[Arena]:
    """The arena, closed in the end."""
    yield arena
    arena.close()
