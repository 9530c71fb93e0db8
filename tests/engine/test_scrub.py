from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from lossmask.engine.scrub import is_kept
from lossmask.settings import SETTINGS

SECRETS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "SSH_AUTH_SOCK")


@pytest.mark.parametrize("name", SECRETS)
def test_a_strangers_variable_is_not_kept(name: str) -> None:
    assert not is_kept(name)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_is_kept_unless_it_is_secret(setting: object) -> None:
    assert is_kept(setting.variable) is not setting.secret  # type: ignore[attr-defined]


def test_nothing_of_a_secret_is_left_in_the_process() -> None:
    program = """
import json, os, pathlib
from lossmask.engine.scrub import scrub
scrub()
started = pathlib.Path("/proc/self/environ")
print(json.dumps([dict(os.environ), started.read_text() if started.exists() else ""]))
"""
    environment = {**os.environ, **dict.fromkeys(SECRETS, "hush-hush"), "LOSSMASK_LOGPROBS_KEY": "hush-hush"}
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, check=True)
    assert b"hush-hush" not in shown.stdout
    assert "PATH" in json.loads(shown.stdout)[0]
