"""The folder of downloads: whole snapshots or none."""

from __future__ import annotations

import pytest
from lossmask.tokenization import cache

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_a_snapshot_appears_only_when_its_download_ends() -> None:
    with cache.arriving("org/model", COMMIT) as folder:
        (folder / "tokenizer.json").write_text("{}")
        assert cache.snapshot("org/model", COMMIT) is None
    found = cache.snapshot("org/model", COMMIT)
    assert found is not None
    assert [path.name for path in found.iterdir()] == ["tokenizer.json"]


def test_a_download_that_fails_leaves_nothing() -> None:
    with pytest.raises(RuntimeError), cache.arriving("org/model", COMMIT):
        raise RuntimeError
    assert cache.snapshot("org/model", COMMIT) is None
    assert list((cache.root() / "org--model").iterdir()) == []


def test_of_two_downloads_at_once_both_end_well() -> None:
    with cache.arriving("org/model", COMMIT) as first:
        (first / "a").write_text("")
        with cache.arriving("org/model", COMMIT) as second:
            (second / "a").write_text("")
    assert cache.snapshot("org/model", COMMIT) is not None


def test_what_a_branch_stood_for_is_remembered() -> None:
    assert cache.remembered("org/model", "refs/pr/3") is None
    cache.remember("org/model", "refs/pr/3", COMMIT)
    assert cache.remembered("org/model", "refs/pr/3") == COMMIT
