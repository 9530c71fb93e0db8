from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from lossmask.cli import main
from lossmask.commands.serve import _bind

from tests.web.test_start import WRONG

COMMAND = (sys.executable, "-c", "import sys; from lossmask.cli import main; sys.exit(main())")


@pytest.mark.parametrize("command", [["serve"], ["serve", "--port", "0"]], ids=" ".join)
@pytest.mark.parametrize(("variable", "text"), WRONG.items())
def test_a_wrong_setting_ends_the_start_in_a_sentence(
    variable: str,
    text: str,
    command: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, text)
    assert main(command) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("lossmask: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    "variable", ["LOSSMASK_WORKERS", "LOSSMASK_DATABASE_URL", "LOSSMASK_TRUSTED_PROXIES"]
)
def test_the_program_itself_ends_with_2_and_no_traceback(variable: str) -> None:
    ended = subprocess.run(
        [*COMMAND, "serve", "--port", "0"],
        env={**os.environ, variable: "rubbish"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("lossmask: ")
    assert ended.stderr.count("\n") == 1


def test_another_command_says_it_as_well(tmp_path: Path) -> None:
    file = tmp_path / "chat.txt"
    file.write_text("User: hi\nAssistant: hello", encoding="utf-8")
    ended = subprocess.run(
        [*COMMAND, "analyze", str(file)],
        env={**os.environ, "LOSSMASK_RENDERED_CHARACTERS": "many"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2
    assert "LOSSMASK_RENDERED_CHARACTERS is a whole number" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_small_answers_are_sent_without_delay() -> None:
    """asyncio sets TCP_NODELAY on what a listening socket accepts only where its protocol is named."""
    with _bind("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
