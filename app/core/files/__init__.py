"""Files of an analysis: the JSON that opens again, tables, pictures and text for an issue.

Everything here is text from values; what a reader is shown beside the columns (sentences, drawn
tokens, findings) comes ready-made as a `Sheet`, see `sheet`.
"""

from __future__ import annotations

from .body import Body, read_body
from .csv import as_csv
from .embed import embedded, extracted
from .markdown import as_markdown
from .sheet import Sheet
from .svg import as_svg

__all__ = ["Body", "Sheet", "as_csv", "as_markdown", "as_svg", "embedded", "extracted", "read_body"]
