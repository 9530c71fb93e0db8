"""`lossmask open`: files and links analysed again, compared, or shown as they were saved."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lossmask.cli import main
from lossmask.commands import serve
from lossmask.core.conversation import Conversation
from lossmask.core.files import Body
from lossmask.core.state import SharedTokenizer, fragment_of
from lossmask.web.save import page_of
from lossmask.web.share import structure_state

from tests.core.files.bodies import CHAT, HOSTILE_CHAT, body_for, values


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "saved.json"
    file.write_text(body_for().text(), encoding="utf-8")
    return file


def test_a_file_gives_the_same_as_saved(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", str(saved)]) == 0
    shown = capsys.readouterr()
    assert "tokens train" in shown.out
    assert "⟦to bake pancakes" in shown.out
    assert shown.err == "lossmask: Same result as saved.\n"


def test_a_page_opens_too_and_json_is_the_body_of_the_api(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = body_for()
    (tmp_path / "saved.html").write_text(page_of(body), encoding="utf-8")
    assert main(["open", str(tmp_path / "saved.html"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == values(body)["analysis"]


def test_standard_input_is_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = io.TextIOWrapper(io.BytesIO(body_for().text().encode()))
    monkeypatch.setattr(sys, "stdin", given)
    assert main(["open", "-"]) == 0
    assert "Same result as saved." in capsys.readouterr().err


@pytest.mark.parametrize("before", ["", "#", "https://nobody.example/#", "http://127.0.0.1:1/s/x#"])
def test_a_link_is_read_without_asking_anyone(before: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", f"{before}{fragment_of(body_for().state)}"]) == 0
    assert capsys.readouterr().err == "lossmask: Same result as shared.\n"


def test_what_differs_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = values(body_for())
    found["state"]["strategy"] = {"name": "full"}
    found["state"]["versions"]["transformers"] = "4.0.0"
    (tmp_path / "x.json").write_text(json.dumps(found))
    assert main(["open", str(tmp_path / "x.json")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("lossmask: This differs from what was saved, from token ")
    assert "transformers 4.0.0 →" in said


def test_without_the_tokenizer_a_file_is_shown_as_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOSSMASK_HUB", "off")
    body = body_for(HOSTILE_CHAT)
    state = replace(body.state, tokenizer=SharedTokenizer("hub:acme/gone", revision="ab" * 20))
    file = tmp_path / "x.json"
    file.write_text(Body(state, body.analysis, body.conversation).text(), encoding="utf-8")
    assert main(["open", str(file)]) == 3
    shown = capsys.readouterr()
    assert "tokens train" in shown.out
    assert "as it was saved; it was not analysed again" in shown.err
    assert "\x1b" not in shown.out + shown.err
    assert "\u202e" not in shown.out
    # A link holds no result that could be shown in its place.
    assert main(["open", fragment_of(state)]) == 2


def test_labels_and_structure_alone_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    body = body_for()
    alone = structure_state(body.state, body.analysis, Conversation.from_json(CHAT))
    assert main(["open", fragment_of(alone)]) == 0
    shown = capsys.readouterr()
    assert "user: header" in shown.out
    assert "pancakes" not in shown.out
    assert "labels and structure only" in shown.err


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("no-such-file.json", "cannot be read"),
        ("#v1.nonsense!", "damaged"),
        ("#v9.abcd", "later version"),
        ("https://host/s/bcdfghjkmnpqrstv", "stored on its server"),
    ],
)
def test_what_cannot_be_opened_is_one_plain_line(
    what: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["open", what]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("lossmask: ")
    assert says in shown.err
    assert shown.err.count("\n") == 1


def test_a_file_of_something_else_is_one_plain_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in (("a.png", b"\x89PNG\r\n\xff"), ("a.json", b"{}"), ("a.html", b"<p>")):
        (tmp_path / name).write_bytes(content)
        assert main(["open", str(tmp_path / name)]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_serving_shows_what_was_opened(
    saved: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given: list[Any] = []
    addresses: list[str] = []
    monkeypatch.setattr(serve, "_run", lambda app, port: (port.close(), given.append(app.state.opened)))
    monkeypatch.setattr(serve, "_open_when_ready", lambda listening, url: addresses.append(url))
    assert main(["open", str(saved), "--serve"]) == 0
    assert isinstance(given[0], Body)
    assert "/files/opened" in capsys.readouterr().out
    assert addresses[0].endswith("/files/opened")


def test_exit_codes_are_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["open", "--help"])
    assert "exit codes of open" in capsys.readouterr().out
