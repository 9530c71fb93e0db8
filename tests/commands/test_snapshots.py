"""The operator's commands over a store: as text, as JSON, with their exit codes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lossmask.cli import main
from lossmask.settings import Settings
from lossmask.storage.snapshot import Created
from lossmask.storage.store import Store

BODY = b'{"text": "the pan is warm"}'


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's database, which is not there yet."""
    file = tmp_path / "lossmask.sqlite3"
    monkeypatch.setenv("LOSSMASK_DATABASE", str(file))
    return file


@pytest.fixture
def stored() -> tuple[Created, Created]:
    """One that has expired, and one that has not."""
    with Store.open(Settings(), lambda: datetime.now(UTC) - timedelta(days=2)) as store:
        return store.create(BODY, "1-day"), store.create(BODY)


def test_list_shows_all_and_the_room_they_take(
    stored: tuple[Created, Created], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["snapshots", "list"]) == 0
    head, *lines, used = capsys.readouterr().out.splitlines()
    assert head.split() == ["id", "stored", "(UTC)", "expires", "(UTC)", "KiB", "version"]
    by_id = {line.split()[0]: line for line in lines}
    assert set(by_id) == {created.id for created in stored}
    assert [by_id[created.id].endswith("expired") for created in stored] == [True, False]
    assert f"{stored[1].expires_at:%Y-%m-%d %H:%M}" in by_id[stored[1].id]
    assert used == "2 snapshots, 1 of them expired; 0.0 of 500.0 MiB used."


def test_list_as_json(stored: tuple[Created, Created], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["snapshots", "list", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {entry["id"] for entry in shown["snapshots"]} == {created.id for created in stored}
    ends = {entry["id"]: datetime.fromisoformat(entry["expires_at"]) for entry in shown["snapshots"]}
    assert ends == {created.id: created.expires_at for created in stored}
    assert shown["usage"]["count"] == 2
    assert shown["usage"]["expired"] == 1


def test_show_has_the_body_with_json_and_only_then(
    stored: tuple[Created, Created], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["snapshots", "show", stored[1].id]) == 0
    text = capsys.readouterr().out
    assert stored[1].id in text
    assert "pan" not in text
    assert main(["snapshots", "show", stored[1].id, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["body"] == json.loads(BODY)
    assert shown["schema_version"] == 1


def test_show_of_what_is_not_there(
    stored: tuple[Created, Created], capsys: pytest.CaptureFixture[str]
) -> None:
    for id in (stored[0].id, "nothing", "\x1b[2J"):
        assert main(["snapshots", "show", id]) == 1
        shown = capsys.readouterr()
        assert shown.out == ""
        assert "\x1b" not in shown.err
        assert "may have expired or been deleted" in shown.err


def test_rm_removes_what_is_there_and_tells_what_is_not(
    stored: tuple[Created, Created], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["snapshots", "rm", stored[0].id, "nothing", stored[1].id]) == 1
    shown = capsys.readouterr()
    assert shown.out == "2 snapshots removed.\n"
    assert "nothing: " in shown.err
    assert main(["snapshots", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["snapshots"] == []


def test_purge_takes_the_expired_alone(
    stored: tuple[Created, Created], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["snapshots", "purge"]) == 0
    assert capsys.readouterr().out == "1 expired snapshot removed.\n"
    assert main(["snapshots", "purge", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"removed": 0}
    assert main(["snapshots", "show", stored[1].id]) == 0


def test_a_database_at_fault_is_one_sentence(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database.write_bytes(b"no database" * 1000)
    for command in (["list"], ["show", "x"], ["rm", "x"], ["purge"]):
        assert main(["snapshots", *command]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.startswith("lossmask: The database ")
        assert len(shown.err.splitlines()) == 1
