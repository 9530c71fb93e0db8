"""The lessons there are: those that come along, and the operator's own from a folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TypeAlias

from ..errors import LessonError
from ..settings import Settings
from .format import LONGEST, NAME, read_lesson
from .lesson import Broken, Lesson
from .yaml_fields import fault

BUNDLED = Path(__file__).parent / "bundled"
MOST_FILES = 200

Entry: TypeAlias = Lesson | Broken


@cache
def bundled_lessons() -> tuple[Lesson, ...]:
    """Those that come along, in the order of their files; raises `LessonError` where one is at fault."""
    return tuple(
        read_lesson(path.read_text(encoding="utf-8"), path.name) for path in sorted(BUNDLED.glob("*.md"))
    )


def lessons(settings: Settings) -> tuple[Entry, ...]:
    """Every lesson: first those that come along, then the operator's, read anew each time.

    Of two with one name the operator's counts. A file of theirs that cannot be read is `Broken`.
    """
    own = own_lessons(settings)
    replaced = {entry.name for entry in own if isinstance(entry, Lesson)}
    return (*(lesson for lesson in bundled_lessons() if lesson.name not in replaced), *own)


def own_lessons(settings: Settings) -> tuple[Entry, ...]:
    """Those in the folder `LOSSMASK_LESSONS`, in the order of their files."""
    folder = settings.text("lessons").strip()
    if not folder:
        return ()
    root = Path(folder)
    if not root.is_dir():
        return (Broken(root.name, LessonError(f"LOSSMASK_LESSONS names no folder: {root.name}.")),)
    paths = sorted(path for path in root.glob("*.md") if path.name != "README.md")
    entries: dict[str, Entry] = {}
    for path in paths[:MOST_FILES]:
        entry = _read(path)
        entries[entry.name if entry.name not in entries else path.name] = _once(entry, entries, path)
    return tuple(entries.values())


def lesson(settings: Settings, name: str) -> Entry | None:
    """The lesson of that name, or None."""
    return next((entry for entry in lessons(settings) if entry.name == name), None)


def _read(path: Path) -> Entry:
    try:
        if path.stat().st_size > 4 * LONGEST:
            raise fault(path.name, 1, "a smaller file is expected.")
        return read_lesson(path.read_text(encoding="utf-8"), path.name, own=True)
    except LessonError as error:
        return Broken(_name(path), error)
    except (OSError, UnicodeDecodeError):
        return Broken(_name(path), fault(path.name, 1, "a text in UTF-8 that can be read is expected."))


def _name(path: Path) -> str:
    found = NAME.fullmatch(path.stem)
    return path.name if found is None else found[1]


def _once(entry: Entry, entries: dict[str, Entry], path: Path) -> Entry:
    if entry.name not in entries or isinstance(entry, Broken):
        return entry
    return Broken(path.name, fault(path.name, 1, f"another name is expected; {entry.name} is taken."))
