"""The tokenizer's threads are for a batch alone."""

from __future__ import annotations

import os

import pytest
from lossmask.engine.threads import MOST, encoding_threads


@pytest.mark.parametrize("before", [None, "false", "true"])
def test_the_switch_is_as_before(before: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    monkeypatch.setenv("RAYON_NUM_THREADS", "1")
    if before is not None:
        monkeypatch.setenv("TOKENIZERS_PARALLELISM", before)
    with encoding_threads() as count:
        assert os.environ["TOKENIZERS_PARALLELISM"] == "true"
        assert 1 <= count <= MOST
    assert os.environ.get("TOKENIZERS_PARALLELISM") == before
