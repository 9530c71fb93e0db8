"""Fixtures that tests of every layer use."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import summaries
from tests.scheduling import Together
from tests.shared import require_shared

# To look for garbage as often as Python does by default takes a fifth of a run's time.
gc.set_threshold(50_000, 50, 100)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Tests that share something share a process."""
    return Together(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what is to be told to the process that tells it."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["told"] = summaries.told()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take it in there."""
    summaries.heard(getattr(node, "workeroutput", {}).get("told", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell it, before pytest's own summary."""
    for title, lines in summaries.told().items():
        if lines:
            terminalreporter.section(title)
            terminalreporter.write_line("\n".join(lines))


@pytest.fixture
def shared() -> Path:
    """The shared test data; without it the test is skipped, or fails on CI."""
    return require_shared()


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No server that outlives a test opens the snapshots of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        for name in ("LOSSMASK_DATABASE", "LOSSMASK_DATABASE_URL", "LOSSMASK_PUBLIC_URL"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def operator_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the settings, the cache or the network of the person who runs it."""
    for name in (
        "LOSSMASK_TOKENIZERS",
        "LOSSMASK_LESSONS",
        "LOSSMASK_HUB",
        "LOSSMASK_HOSTS",
        "HF_TOKEN",
        "HF_ENDPOINT",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in (
        "LOSSMASK_LOGPROBS_URL",
        "LOSSMASK_LOGPROBS_KEY",
        "LOSSMASK_DATABASE",
        "LOSSMASK_DATABASE_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
