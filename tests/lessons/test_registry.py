"""Lessons of the operator's folder beside those that come along; broken files are told and break nothing."""

from __future__ import annotations

from pathlib import Path

from lossmask.lessons.lesson import Broken, Lesson
from lossmask.lessons.registry import bundled_lessons, lesson, lessons, own_lessons
from lossmask.settings import Settings

from tests.lessons.test_format import FRONT

GOOD = FRONT + "## head\n\ntext\n"


def settings(folder: Path) -> Settings:
    return Settings({"LOSSMASK_LESSONS": str(folder)})


def test_without_a_folder_there_are_those_that_come_along() -> None:
    assert lessons(Settings({})) == bundled_lessons()


def test_own_lessons_come_behind(tmp_path: Path) -> None:
    (tmp_path / "01-mine.md").write_text(GOOD, encoding="utf-8")
    (tmp_path / "README.md").write_text("no lesson", encoding="utf-8")
    found = lessons(settings(tmp_path))
    assert [entry.name for entry in found] == [*(one.name for one in bundled_lessons()), "mine"]
    mine = found[-1]
    assert isinstance(mine, Lesson)
    assert mine.own


def test_own_lessons_replace_those_that_come_along(tmp_path: Path) -> None:
    (tmp_path / "masking.md").write_text(GOOD, encoding="utf-8")
    found = lesson(settings(tmp_path), "masking")
    assert isinstance(found, Lesson)
    assert found.title == "A title"
    assert [entry.name for entry in lessons(settings(tmp_path))].count("masking") == 1


def test_broken_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("no front matter", encoding="utf-8")
    (tmp_path / "b.md").write_bytes(b"\xff\xfe")
    (tmp_path / "Bad Name.md").write_text(GOOD, encoding="utf-8")
    (tmp_path / "1-twice.md").write_text(GOOD, encoding="utf-8")
    (tmp_path / "2-twice.md").write_text(GOOD, encoding="utf-8")
    broken = [entry for entry in own_lessons(settings(tmp_path)) if isinstance(entry, Broken)]
    told = sorted(entry.error.detail for entry in broken)
    assert [one.split(", line")[0] for one in told] == ["2-twice.md", "Bad Name.md", "a.md", "b.md"]
    assert lesson(settings(tmp_path), "a") in broken
    assert isinstance(lesson(settings(tmp_path), "twice"), Lesson)


def test_a_folder_that_is_none_is_told_without_its_place(tmp_path: Path) -> None:
    (entry,) = own_lessons(settings(tmp_path / "absent"))
    assert isinstance(entry, Broken)
    assert "names no folder" in entry.error.detail
    assert str(tmp_path) not in entry.error.detail


def test_a_broken_file_of_a_bundled_name_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "masking.md").write_text("nothing", encoding="utf-8")
    assert isinstance(lesson(settings(tmp_path), "masking"), Lesson)
