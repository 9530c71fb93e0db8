"""Ends a run that compared with real frameworks with a table of how many labels came out equal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lossmask.rendering.render import compile_template
from lossmask.tokenization.load import load_cached

from tests.parity.compare import FIGURES
from tests.summaries import tell


@pytest.fixture(scope="package", autouse=True)
def nothing_kept() -> Iterator[None]:
    """What comes after does not carry gigabytes of real tokenizers along."""
    yield
    load_cached.cache_clear()
    compile_template.cache_clear()


def rows() -> list[str]:
    """One for each strategy that was compared."""
    return [
        f"{strategy:24} {equal:5} of {total:5} equal  {equal / total:7.2%}"
        for strategy, (equal, total) in FIGURES.items()
    ]


tell("parity with the real frameworks", rows)
