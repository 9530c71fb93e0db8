"""`lossmask compare`: two sides of one file, line by line, as JSON, and what ends it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lossmask.cli import main
from lossmask.core.comparison_request import ComparisonRequest
from lossmask.engine.compare import compare

TALK = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
FLAGS = ("--template", "bundled:llama-3", "--today", "2026-11-23")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(TALK))
    return str(path)


def test_each_difference_is_a_line(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", file, *FLAGS, "--b", "strategy=full"]) == 1
    head, first, second, *_ = capsys.readouterr().out.splitlines()
    assert head == "11 tokens differ"
    assert first.startswith("A 0-0  B 0-0  masked in A, labelled but unused in B: ")
    assert second.startswith("A 1-10  B 1-10  masked in A, trained in B: ")


def test_the_same_twice(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", file, *FLAGS]) == 0
    assert capsys.readouterr().out == "0 tokens differ\n"


def test_json_is_the_body_of_the_api(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    b = ("--b", "option.max_length=5", "--b", "template=bundled:chatml")
    assert main(["compare", file, *FLAGS, *b, "--json"]) == 1
    asked = {
        "a": {"conversation": TALK, "chat_template": "bundled:llama-3", "today": "2026-11-23"},
        "b": {
            "chat_template": "bundled:chatml",
            "strategy": {"name": "assistant-turns", "options": {"max_length": 5}},
        },
    }
    expected = compare(ComparisonRequest.from_json(asked)).as_json()
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(expected))


def test_a_refused_row(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    b = ("--b", "strategy=axolotl", "--b", "option.sequence_len=3")
    assert main(["compare", file, *FLAGS, *b]) == 1
    assert capsys.readouterr().out.startswith("B: dropped: ")


@pytest.mark.parametrize(("pair", "said"), [("colour=red", "no 'colour'"), ("strategy", "name=value")])
def test_a_flag_at_fault(file: str, capsys: pytest.CaptureFixture[str], pair: str, said: str) -> None:
    assert main(["compare", file, "--b", pair]) == 2
    assert said in capsys.readouterr().err
