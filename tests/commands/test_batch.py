"""`lossmask batch`: rows of a file, options, the table, and what ends it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lossmask.cli import main
from lossmask.core.batch.request import BatchRequest
from lossmask.engine.batch import analyse_batch

ROWS: list[dict[str, Any]] = [
    {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": reply}]}
    for reply in ("a long reply that goes on about pancakes and what it takes to bake them", "ok")
]
FLAGS = ("--template", "bundled:chatml", "--today", "2026-11-23")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n\n")
    return str(path)


def test_json_is_the_body_of_the_api(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ("--micro-batch-size", "1", "--gradient-accumulation-steps", "2", "--ranks", "1", "--columns")
    more = ("--reduction", "weighted-mean:over=example", "--compare-with", "sum", "--json")
    assert main(["batch", file, *FLAGS, *flags, *more]) == 0
    body = {
        "conversations": ROWS,
        "chat_template": "bundled:chatml",
        "today": "2026-11-23",
        "batch": {"micro_batch_size": 1, "gradient_accumulation_steps": 2},
        "reduction": {"name": "weighted-mean", "options": {"over": "example"}},
        "compare_with": "sum",
        "columns": True,
    }
    expected = analyse_batch(BatchRequest.from_json(body)).as_json()
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(expected))


def test_the_table_tells_what_is_notable_and_every_share(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ("--micro-batch", "1", "--gradient-accumulation-steps", "2")
    assert main(["batch", file, *FLAGS, *flags]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Under `micro-batch-mean`, one token of conversation 2")
    assert "50.0 % ██████████" in shown
    assert "end of turn" in shown
    assert "÷" in shown
    assert "\x1b" not in shown


def test_packing(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ("--packing", "bfd_split", "--packing-length", "16", "--strategy", "trl-full")
    assert main(["batch", file, *FLAGS, *flags]) == 0
    assert "cut by packing" in capsys.readouterr().out


def test_rows_that_are_left_out_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROWS[0]) + '\n{"messages": [{"role": "user", "content": "hi"}]}\n')
    assert main(["batch", str(path), *FLAGS, "--strategy", "open-instruct"]) == 0
    assert "2               left out: No label is left to train" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "flags", "said"),
    [
        ("", (), "no rows"),
        ('{"messages": [{"role": "user", "content": "hi"}]}\n{"x', (), "Line 2"),
        ("\n\n", (), "no rows"),
        (json.dumps(ROWS[0]), ("--reduction", "median"), "no reduction 'median'"),
        (json.dumps(ROWS[0]), ("--reduction", "sum:over"), "name=value"),
        (json.dumps(ROWS[0]), ("--strategy", "absent"), "no strategy 'absent'"),
        (json.dumps(ROWS[0]), ("--tokenizer", "local:absent"), "tokenizer"),
    ],
)
def test_what_is_at_fault_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, flags: tuple[str, ...], said: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    assert main(["batch", str(path), *flags]) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "absent.jsonl"]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [("--ranks", "0"), ("--packing", "ffd"), ("--micro-batch-size", "x")])
def test_options_are_checked(file: str, flags: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["batch", file, *flags])
    assert caught.value.code == 2
