"""The formats, in the order in which they are preferred where a row fits several.

A new format is a file with a `READER`, its name in `base.Format`, and a line here.
"""

from __future__ import annotations

from . import alpaca, messages, plain, prompt_completion, sharegpt
from .base import Format, Reader

READERS: tuple[Reader, ...] = (
    messages.READER,
    sharegpt.READER,
    alpaca.READER,
    prompt_completion.READER,
    plain.READER,
)

READER_OF: dict[Format, Reader] = {reader.name: reader for reader in READERS}
TITLES: dict[Format, str] = {reader.name: reader.title for reader in READERS}
"""The name of each format as the page says it: "Read as OpenAI messages"."""


def candidates(row: object) -> list[Reader]:
    """The readers with any evidence for a row, strongest first."""
    found = [(reader.detect(row), reader) for reader in READERS]
    return [reader for strength in (2, 1) for evidence, reader in found if evidence == strength]
