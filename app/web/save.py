"""A finished analysis as a file of each kind, for the page and for the command line.

The name of a file tells nothing of what is in it. Not covered: the PNG, which the browser
makes of the SVG.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from markupsafe import Markup

from ..core.digest import digest
from ..core.files import Body, as_csv, as_markdown, as_svg, embedded
from ..errors import FileError
from .templating import data_folder, pages
from .views.file_page import file_view, sheet_of

Write: TypeAlias = Callable[[Body, str | None], str]


class Kind(NamedTuple):
    """One kind of file; `address` of `write` is that of the server which links lead to."""

    name: str
    title: str
    extension: str
    media_type: str
    write: Write
    opens: bool = False
    """Whether Lossmask opens it again."""


def page_of(body: Body, address: str | None = None) -> str:
    """The page that opens without a server, with the JSON in it that opens again."""
    style = _style()
    sha256 = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    view = file_view(body, address)
    return pages.get_template("file.html").render(
        file=view,
        sheet=view.sheet,
        style=Markup(style),
        style_sha256=sha256,
        json=Markup(embedded(body.text())),
    )


def kind_of(name: str) -> Kind:
    """The kind of this name or extension.

    Raises:
        FileError: `no-such-kind`.
    """
    for kind in KINDS.values():
        if name in (kind.name, kind.extension):
            return kind
    raise FileError(
        f"There is no kind of file {name!r}; known: {', '.join(kind.extension for kind in KINDS.values())}.",
        code="no-such-kind",
    )


def file_name(kind: Kind, body: Body) -> str:
    """A name that tells nothing of the conversation.

    >>> file_name(KINDS["html"], body)
    'lossmask-1bc6a0f3.html'
    """
    return f"lossmask-{digest(body.analysis)[:8]}.{kind.extension}"


@lru_cache(maxsize=1)
def _style() -> str:
    return (data_folder("static") / "css" / "file.css").read_text(encoding="utf-8")


def _json(body: Body, address: str | None) -> str:
    return body.text() + "\n"


def _csv(body: Body, address: str | None) -> str:
    return as_csv(body.analysis, body.conversation)


def _svg(body: Body, address: str | None) -> str:
    return as_svg(sheet_of(body, address))


def _markdown(body: Body, address: str | None) -> str:
    return as_markdown(sheet_of(body, address))


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("html", "Web page", "html", "text/html; charset=utf-8", page_of, opens=True),
        Kind("json", "JSON", "json", "application/json", _json, opens=True),
        Kind("csv", "Table of tokens", "csv", "text/csv; charset=utf-8", _csv),
        Kind("svg", "Picture", "svg", "image/svg+xml", _svg),
        Kind("markdown", "Text for an issue", "md", "text/markdown; charset=utf-8", _markdown),
    )
}
