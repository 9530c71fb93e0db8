"""The environment that pages are drawn in: autoescaped, strict about undefined names.

Chat templates never come near it: those run in the sandbox of `rendering`, in a worker.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.templating import Jinja2Templates

_PACKAGE = Path(__file__).resolve().parents[1]


def data_folder(name: str) -> Path:
    """The folder of pages or static files: inside the installed package, or beside it in a checkout."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(data_folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


pages = Jinja2Templates(env=_environment())
"""`pages.TemplateResponse(request, "index.html", context)`."""
