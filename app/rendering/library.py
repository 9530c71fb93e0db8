"""The chat templates that come with the project, one file each under `bundled/`.

A file is all there is to a template: its name is the file's, and its first comment says, as
`Title: description`, which format it follows, and after that what is simplified.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..errors import TemplateError

FOLDER = Path(__file__).parent / "bundled"


@dataclass(frozen=True, slots=True)
class BundledTemplate:
    """A chat template in our own words."""

    name: str
    """As in `bundled:NAME`."""
    title: str
    """The format's name, for people."""
    description: str
    """One line on what format it follows."""
    notes: str
    """What it leaves out or does differently from a model's own template."""
    source: str


@cache
def bundled_templates() -> tuple[BundledTemplate, ...]:
    """All of them, ChatML and its variants first, then by name.

    >>> bundled_templates()[0].name
    'chatml'
    """
    paths = sorted(FOLDER.glob("*.jinja"), key=lambda path: (not path.stem.startswith("chatml"), path.stem))
    return tuple(_read(path) for path in paths)


def bundled_template(name: str) -> str:
    """The source of one.

    Raises:
        TemplateError: code `unknown-template`, where none has that name.
    """
    for template in bundled_templates():
        if template.name == name:
            return template.source
    names = ", ".join(template.name for template in bundled_templates())
    raise TemplateError(
        f"There is no bundled chat template {name!r}. There are: {names}.", code="unknown-template"
    )


def _read(path: Path) -> BundledTemplate:
    source = path.read_text(encoding="utf-8")
    comment = source.partition("{#")[2].partition("#}")[0]
    headline, _, notes = comment.strip().partition("\n")
    title, _, description = headline.partition(": ")
    return BundledTemplate(path.stem, title, description, " ".join(notes.split()), source)
