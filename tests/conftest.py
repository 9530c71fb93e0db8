"""Fixtures that tests of every layer use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shared import require_shared


@pytest.fixture
def shared() -> Path:
    """The shared test data; without it the test is skipped, or fails on CI."""
    return require_shared()


@pytest.fixture(autouse=True)
def operator_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the settings, the cache or the network of the person who runs it."""
    for name in ("LOSSMASK_TOKENIZERS", "LOSSMASK_HUB", "LOSSMASK_HOSTS", "HF_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
