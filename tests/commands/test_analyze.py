"""`lossmask analyze` with losses: by a model, from a file, and why there are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lossmask.cli import main

from tests.losses.models import chat, require_torch, save, small_model


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A file with an API request."""
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(chat()))
    return str(path)


def answer(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["analyze", *arguments, "--json"]) == 0
    (example,) = json.loads(capfd.readouterr().out)["examples"]
    found: dict[str, Any] = example
    return found


def test_a_model_gives_losses(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    require_torch()
    save(small_model(16_500), tmp_path / "models" / "small")
    monkeypatch.setenv("LOSSMASK_MODELS", str(tmp_path / "models"))
    capfd.readouterr()
    example = answer(capfd, file, "--model", "local:small")
    assert example["losses"]["source"] == "model local:small"
    assert all(loss > 0 for loss in example["losses"]["cross_entropy"][1:])


def test_losses_come_from_a_file(file: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    count = len(answer(capfd, file)["input_ids"])
    losses = tmp_path / "losses.json"
    losses.write_text(json.dumps([None, *(0.25 for _ in range(count - 1))]))
    example = answer(capfd, file, "--losses", str(losses))
    assert set(example["losses"]["cross_entropy"][1:]) == {0.25}
    assert sum(example["contributions"]) == pytest.approx(0.25)


def test_a_model_that_there_is_not_is_one_plain_line(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    require_torch()
    assert main(["analyze", file, "--model", "local:absent"]) == 2
    shown = capsys.readouterr()
    assert shown.err == (
        "lossmask: This server offers no local models: its operator has not set LOSSMASK_MODELS.\n"
    )


def test_one_source_at_a_time(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["analyze", file, "--model", "local:small", "--losses", file])
    assert "not allowed with" in capsys.readouterr().err
