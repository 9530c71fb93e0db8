"""From names to folders: only what the operator offers, and nothing by way of a link."""

from __future__ import annotations

from pathlib import Path

import pytest
from lossmask.errors import TokenizerError
from lossmask.settings import Settings
from lossmask.tokenization import cache
from lossmask.tokenization.locate import local_names, locate
from lossmask.tokenization.names import TokenizerRef

from .conftest import Maker

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def offering(folder: Path) -> Settings:
    return Settings({"LOSSMASK_TOKENIZERS": str(folder.parent)})


def test_bundled_is_part_of_the_package() -> None:
    location = locate(TokenizerRef.parse("bundled"), Settings({}))
    assert location.name == "bundled"
    assert (location.folder / "tokenizer.json").is_file()


def test_a_local_folder_is_found_by_its_name(make: Maker) -> None:
    folder = make("mine")
    location = locate(TokenizerRef.parse("local:mine"), offering(folder))
    assert (location.name, location.revision, location.folder) == ("local:mine", None, folder.resolve())


def test_a_folder_that_is_not_there_is_named(make: Maker) -> None:
    with pytest.raises(TokenizerError, match="'other'") as caught:
        locate(TokenizerRef.parse("local:other"), offering(make("mine")))
    assert caught.value.code == "unknown-tokenizer"


def test_without_the_setting_no_folder_is_offered() -> None:
    with pytest.raises(TokenizerError, match="LOSSMASK_TOKENIZERS"):
        locate(TokenizerRef.parse("local:mine"), Settings({}))
    assert local_names(Settings({})) == []


def test_a_link_out_of_the_offered_folder_is_not_followed(make: Maker, tmp_path: Path) -> None:
    folder = make("mine")
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "tokenizer.json").write_text("{}")
    (folder.parent / "link").symlink_to(secret)
    with pytest.raises(TokenizerError):
        locate(TokenizerRef.parse("local:link"), offering(folder))
    assert local_names(offering(folder)) == ["mine"]


def test_names_offered_are_sorted_folders_with_files(make: Maker) -> None:
    folder = make("b")
    make("a")
    (folder.parent / "empty").mkdir()
    (folder.parent / "notes.txt").write_text("")
    assert local_names(offering(folder)) == ["a", "b"]


def test_a_model_of_the_hub_is_located_once_downloaded() -> None:
    ref = TokenizerRef.parse(f"hub:org/model@{COMMIT}")
    with pytest.raises(TokenizerError, match="not been downloaded"):
        locate(ref, Settings({}))
    with cache.arriving("org/model", COMMIT) as folder:
        (folder / "tokenizer.json").write_text("{}")
    location = locate(ref, Settings({}))
    assert (location.name, location.revision) == ("hub:org/model", COMMIT)
    assert (location.folder / "tokenizer.json").is_file()


def test_a_model_of_the_hub_needs_a_commit() -> None:
    with pytest.raises(TokenizerError, match="not been downloaded"):
        locate(TokenizerRef.parse("hub:org/model@main"), Settings({}))
