"""Reading what people paste: text in, a conversation out, with what was detected and what was converted."""

from __future__ import annotations

from .base import Container, Format
from .parse import Parsed, iterate_rows, parse, read_row, rows_preview
from .paste import Paste, open_paste
from .places import caret
from .registry import TITLES

__all__ = [
    "TITLES",
    "Container",
    "Format",
    "Parsed",
    "Paste",
    "caret",
    "iterate_rows",
    "open_paste",
    "parse",
    "read_row",
    "rows_preview",
]
