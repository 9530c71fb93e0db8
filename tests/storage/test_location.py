from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from lossmask.errors import StorageError
from lossmask.settings import Settings
from lossmask.storage.location import make_private, shown, url_of


def test_a_file_in_the_users_data_folder_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name: str(tmp_path / name))
    url = url_of(Settings({}))
    assert (url.drivername, url.database) == ("sqlite", str(tmp_path / "lossmask" / "lossmask.sqlite3"))


def test_a_named_file_stays_where_it_is_when_the_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    url = url_of(Settings({"LOSSMASK_DATABASE": "a?b&mode=memory.sqlite3"}))
    monkeypatch.chdir("/")
    make_private(url)
    assert (tmp_path / "a?b&mode=memory.sqlite3").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "new" / "lossmask.sqlite3"
    make_private(url_of(Settings({"LOSSMASK_DATABASE": str(file)})))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"lossmask\.sqlite3 cannot be opened: ") as caught:
        make_private(url_of(Settings({"LOSSMASK_DATABASE": str(tmp_path / "file" / "lossmask.sqlite3")})))
    assert caught.value.code == "database-unreachable"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_in_each_spelling(scheme: str) -> None:
    url = url_of(Settings({"LOSSMASK_DATABASE_URL": f"{scheme}://me:secret%40word@db.example:5433/shared"}))
    assert (url.drivername, url.host, url.port) == ("postgresql+psycopg", "db.example", 5433)
    assert url.password == "secret@word"
    assert shown(url) == "postgresql+psycopg://me:***@db.example:5433/shared"
    assert shown(url.set(query={"password": "secret"})) == shown(url)


@pytest.mark.parametrize(
    "text", ["sqlite:///x", "mysql://me:secret@db/x", "secret", "postgresql://me:secret@db:port/x", "http://"]
)
def test_what_is_no_address_is_told_without_quoting_it(text: str) -> None:
    with pytest.raises(StorageError) as caught:
        url_of(Settings({"LOSSMASK_DATABASE_URL": text}))
    assert caught.value.code == "bad-database-url"
    assert "secret" not in f"{caught.value.detail} {caught.value.reason}"
