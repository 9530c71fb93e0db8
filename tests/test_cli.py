from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from lossmask.cli import main
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.engine.matrix import matrix
from lossmask.rendering.library import bundled_templates
from lossmask.strategies.registry import STRATEGIES
from lossmask.tokenization.locate import BUNDLED

from tests.hub import running_hub

CHAT = [
    {"role": "user", "content": "give me a recipe to bake pancakes"},
    {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
]
COMMAND = (sys.executable, "-c", "import sys; from lossmask.cli import main; sys.exit(main())")


@pytest.fixture
def chat(tmp_path: Path) -> str:
    """A file with a conversation."""
    file = tmp_path / "chat.json"
    file.write_text(json.dumps(CHAT))
    return str(file)


@dataclass(frozen=True)
class Shown:
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Shown]:
    """Runs a command in this process, with a text as its standard input."""

    def running(*arguments: str, given: str = "") -> Shown:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        code = main(arguments)
        shown = capsys.readouterr()
        return Shown(code, shown.out, shown.err)

    return running


def test_json_is_the_body_of_the_api(run: Callable[..., Shown], chat: str) -> None:
    shown = run("analyze", chat, "--template", "bundled:llama-3", "--today", "2026-11-23", "--json")
    assert shown.code == 0, shown.err
    body = {"conversation": CHAT, "chat_template": "bundled:llama-3", "today": "2026-11-23"}
    expected = analyse(AnalysisRequest.from_json(body)).as_json()
    assert json.loads(shown.out) == json.loads(json.dumps(expected))


def test_trained_text_stands_in_brackets_where_there_is_no_colour(
    run: Callable[..., Shown], chat: str
) -> None:
    shown = run("analyze", chat)
    assert shown.code == 0, shown.err
    assert re.match(r"\d+ of \d+ tokens train \(\d+ %\)\.", shown.out)
    assert "⟦to bake pancakes, one takes a pan<|im_end|>⟧" in shown.out
    assert "2 assistant: " in shown.out
    assert "Masked: in turn 1 (user)" in shown.out
    assert "\x1b" not in shown.out


def test_a_request_is_read_from_standard_input_and_flags_have_the_last_word(
    run: Callable[..., Shown],
) -> None:
    body = {"conversation": CHAT, "strategy": {"name": "full"}, "today": "2020-01-01"}
    shown = run("analyze", "-", "--json", "--option", "max_length=9", given=json.dumps(body))
    assert shown.code == 0, shown.err
    answer = json.loads(shown.out)
    assert answer["strategy"]["name"] == "full"
    assert answer["strategy"]["options"] == {"max_length": 9}
    assert answer["today"] == "2020-01-01"
    assert len(answer["examples"][0]["input_ids"]) == 9


def test_control_characters_are_drawn_and_never_sent(run: Callable[..., Shown]) -> None:
    conversation = [{"role": "user\x1b[31m", "content": "\x1b]0;owned\x07"}]
    shown = run("analyze", "-", given=json.dumps(conversation))
    assert "\x1b" not in shown.out
    assert "\x07" not in shown.out
    assert "owned" in shown.out


def test_what_a_template_raises_cannot_drive_the_terminal(
    run: Callable[..., Shown], chat: str, tmp_path: Path
) -> None:
    template = tmp_path / "template.jinja"
    template.write_text("{{ raise_exception('\x1b[2J' ~ 'gone') }}")
    shown = run("analyze", chat, "--template", str(template))
    assert "\x1b" not in shown.err
    assert "gone" in shown.err


def test_bad_input_is_shown_with_a_caret(run: Callable[..., Shown]) -> None:
    shown = run("analyze", "-", given='[{"role": "user",\n  "content": tru}]')
    assert shown.code == 2
    assert "line 2:\n" in shown.err
    line, caret = shown.err.splitlines()[-2:]
    assert line[caret.index("^") :].startswith("tru")
    assert "Traceback" not in shown.err


def test_a_template_error_quotes_its_line(run: Callable[..., Shown], chat: str, tmp_path: Path) -> None:
    template = tmp_path / "template.jinja"
    template.write_text("fine\n{{ raise_exception('The system role is not supported') }}")
    shown = run("analyze", chat, "--template", str(template))
    assert shown.code == 2
    first, where, quoted = shown.err.splitlines()
    assert (first, where) == ("lossmask: The system role is not supported", "line 2:")
    assert quoted.startswith("{{ raise_exception")


def test_an_endless_template_is_stopped(
    run: Callable[..., Shown], chat: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path / "template.jinja"
    monkeypatch.setenv("LOSSMASK_JOB_SECONDS", "1")
    template.write_text("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}")
    shown = run("analyze", chat, "--template", str(template))
    assert shown.code == 2
    assert "within 1 seconds" in shown.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tokenizer", "nonsense"],
        ["--strategy", "nonsense"],
        ["--option", "nonsense"],
        ["--option", "nonsense=1"],
        ["--format", "nonsense"],
        ["--row", "3"],
        ["--template", "no-such-file"],
        ["--today", "nonsense"],
    ],
)
def test_a_fault_is_one_plain_line(
    chat: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", chat, *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("lossmask: ")
    assert shown.err.count("\n") == 1


def test_a_missing_file_is_one_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", "no-such-file"]) == 2
    assert capsys.readouterr().err == "lossmask: no-such-file cannot be read: No such file or directory.\n"


def test_a_tokenizer_is_downloaded(chat: str) -> None:
    with running_hub() as hub:
        hub.serve("acme/model", BUNDLED)
        arguments = ["--tokenizer", "acme/model", "--template", "bundled:chatml", "--json"]
        # A process of its own, whose workers look for downloads where this test keeps them.
        command = [*COMMAND, "analyze", chat, *arguments]
        environment = {**os.environ, "HF_ENDPOINT": hub.address}
        shown = subprocess.run(command, capture_output=True, env=environment, timeout=90)
    assert (shown.returncode, shown.stderr) == (0, b"")
    tokenizer = json.loads(shown.stdout)["tokenizer"]
    assert tokenizer["name"] == "hub:acme/model"
    assert tokenizer["revision"] == hub.commit("acme/model")


def test_every_strategy_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strategies"]) == 0
    shown = capsys.readouterr().out
    for strategy in STRATEGIES.values():
        assert f"{strategy.name}: {strategy.meaning}" in shown
        assert all(f"--option {option.name}=" in shown for option in strategy.options)


def test_every_template_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["templates"]) == 0
    names = [line.partition(": ")[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [f"bundled:{template.name}" for template in bundled_templates()]


def test_the_matrix_is_one_line_a_rule(run: Callable[..., Shown], chat: str) -> None:
    shown = run("matrix", chat, "--template", "bundled:llama-3")
    assert shown.code == 0, shown.err
    names = [line.split()[0] for line in shown.out.splitlines() if not line.startswith(" ")]
    assert names[1:-1] == list(STRATEGIES)
    assert re.search(r"^full +█+ +35 +36 +yes", shown.out, re.MULTILINE)


def test_json_of_the_matrix_is_the_body_of_the_api(run: Callable[..., Shown], chat: str) -> None:
    given = ["--strategy", "axolotl", "--option", "train_on_eos=all", "--today", "2026-11-23"]
    shown = run("matrix", chat, *given, "--json")
    assert shown.code == 0, shown.err
    strategy = {"name": "axolotl", "options": {"train_on_eos": "all"}}
    body = {"conversation": CHAT, "strategy": strategy, "today": "2026-11-23"}
    expected = matrix(AnalysisRequest.from_json(body)).as_json()
    assert json.loads(shown.out) == json.loads(json.dumps(expected))


def test_a_fault_of_the_matrix_is_one_plain_line(run: Callable[..., Shown], chat: str) -> None:
    shown = run("matrix", chat, "--tokenizer", "nonsense")
    assert (shown.code, shown.out, shown.err.count("\n")) == (2, "", 1)


def test_exit_codes_are_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["analyze", "--help"])
    assert "exit codes of analyze" in capsys.readouterr().out


@contextmanager
def serving() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of its own, once it takes analyses, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [*COMMAND, "serve", "--port", str(port)]
    server = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield server, f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.communicate()


def wait_until_ready(address: str) -> None:
    for _ in range(300):
        try:
            if urllib.request.urlopen(f"{address}/api/health", timeout=5).status == 200:
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("The server did not come up.")


def descendants(process: int) -> list[int]:
    """Processes below one, however deep (Linux)."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [child for child, parent in parents.items() if parent == process]
    return found + [deeper for child in found for deeper in descendants(child)]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_serving_ends_without_a_trace(ending: signal.Signals) -> None:
    with serving() as (server, address):
        wait_until_ready(address)
        assert server.stdout is not None
        assert address in server.stdout.readline()
        children = descendants(server.pid)
        assert len(children) >= 3
        server.send_signal(ending)
        _, errors = server.communicate(timeout=20)
        assert "Traceback" not in errors
        until = time.monotonic() + 10
        while any(Path(f"/proc/{child}/stat").exists() for child in children):
            assert time.monotonic() < until, "a worker outlives the server"
            time.sleep(0.1)


def test_a_taken_port_is_one_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 2
    assert "cannot listen" in capsys.readouterr().err
