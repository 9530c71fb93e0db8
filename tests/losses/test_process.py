from __future__ import annotations

import pytest
from lossmask.losses.process import environment
from lossmask.settings import SETTINGS

SECRETS = ("HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY", "DATABASE_URL", "GITHUB_TOKEN")


def test_the_process_of_a_model_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SECRETS, *(setting.variable for setting in SETTINGS if setting.secret)):
        monkeypatch.setenv(name, "hush-hush")
    assert "hush-hush" not in environment().values()


def test_it_is_told_of_its_devices_and_kept_from_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    found = environment()
    assert found["CUDA_VISIBLE_DEVICES"] == "1"
    assert found["HF_HUB_OFFLINE"] == "1"
    assert "PATH" in found
