"""The environment that pages are drawn in: autoescaped, strict about undefined names, nothing unseen.

Every text that a page shows has its control and bidirectional characters made visible, since any may be a
stranger's. What goes back to the server as it was typed, the value of a field, says so with `| exact`.

Chat templates never come near it: those run in the sandbox of `rendering`, in a worker.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.templating import Jinja2Templates

from ..tokenization.glyphs import visible

_PACKAGE = Path(__file__).resolve().parents[1]


def data_folder(name: str) -> Path:
    """The folder of pages or static files: inside the installed package, or beside it in a checkout."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def exact(value: object) -> Markup:
    """A value as it is, for an attribute or a field that is sent back; escaped all the same.

    >>> exact("<\\u202e")
    Markup('&lt;\\u202e')
    """
    return escape(value)


def shown(value: Any) -> Any:
    """What a page prints of a value; markup of this program's own is left as it is."""
    # What nearly every value is comes first, since a long page prints a hundred thousand.
    if type(value) is not str or (value.isascii() and value.isprintable()):
        return value
    return visible(value)


_drawn: dict[str, Markup] = {}


def once(name: str, macro: Callable[..., Markup], *arguments: object) -> Markup:
    """What a macro draws alike on every page, such as a rule that is not chosen; from memory after the first.

    Only for what holds nothing that anybody typed.
    """
    if name not in _drawn:
        _drawn[name] = macro(*arguments)
    return _drawn[name]


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(data_folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown,
    )
    environment.filters["exact"] = exact
    environment.globals["once"] = once
    return environment


pages = Jinja2Templates(env=_environment())
"""`pages.TemplateResponse(request, "index.html", context)`."""
