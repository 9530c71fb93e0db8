"""`lossmask analyze --save`: every kind, and what cannot be written."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from lossmask.cli import main
from lossmask.core.files.body import bytes_body

CHAT = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]


@pytest.fixture
def chat(tmp_path: Path) -> str:
    file = tmp_path / "chat.json"
    file.write_text(json.dumps(CHAT))
    return str(file)


def test_every_kind_is_saved_by_its_ending(
    chat: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for ending in ("html", "JSON", "csv", "svg", "md"):
        assert (
            main(["analyze", chat, "--template", "bundled:chatml", "--save", str(tmp_path / f"x.{ending}")])
            == 0
        )
        said.append(capsys.readouterr().out)
    assert len(set(said)) == 1
    assert "tokens train" in said[0]
    page, plain = (bytes_body((tmp_path / name).read_bytes()) for name in ("x.html", "x.JSON"))
    assert page.as_json() == plain.as_json()
    assert plain.conversation.as_json()["messages"] == CHAT
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfposition,")
    assert ElementTree.parse(tmp_path / "x.svg").getroot().tag.endswith("svg")
    assert "[[hello" in (tmp_path / "x.md").read_text()


def test_other_endings_are_refused_before_anything_is_done(
    chat: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("x.png", "x"):
        assert main(["analyze", chat, "--save", str(tmp_path / name)]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert "known: html, json, csv, svg, md" in shown.err
        assert shown.err.count("\n") == 1


def test_a_place_that_cannot_be_written_is_one_plain_line(
    chat: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", chat, "--save", str(tmp_path / "no" / "x.html")]) == 2
    shown = capsys.readouterr()
    assert shown.err.endswith("x.html cannot be written: No such file or directory.\n")
    assert shown.err.count("\n") == 1
