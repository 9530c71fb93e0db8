"""One row a token, as spreadsheets read it: RFC 4180, UTF-8 with a byte order mark.

Text that a spreadsheet would take for a formula has an apostrophe before it, and so has text that
begins with one: to have the text back, take one apostrophe off wherever there is one in front.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence

from ..analysis import Analysis, ExampleAnalysis
from ..conversation import Conversation
from ..example import MASKED
from ..parts import PARTS
from ..provenance import NO_MESSAGE

COLUMNS = (
    "position",
    "id",
    "piece",
    "text",
    "label",
    "state",
    "weight",
    "contribution",
    "message",
    "role",
    "part",
    "reason",
    "example",
)
"""`message` counts from 1 as the page does, `example` too; `position` from 0 as arrays do."""

_FORMULA = frozenset("=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20")
_BOM = "\ufeff"


def as_csv(analysis: Analysis, conversation: Conversation) -> str:
    """Every token of every example."""
    written = io.StringIO()
    written.write(_BOM)
    writer = csv.writer(written, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(COLUMNS)
    for number, one in enumerate(analysis.examples, start=1):
        writer.writerows(_rows(one, conversation, number))
    return written.getvalue()


def guarded(text: str) -> str:
    """Text that no spreadsheet computes.

    >>> guarded("=1+1"), guarded("hi"), guarded(" =1")
    ("'=1+1", 'hi', "' =1")
    """
    first = text.lstrip(" \u00a0\0")[:1]
    return f"'{text}" if text[:1] in _FORMULA or first in _FORMULA else text


def _rows(one: ExampleAnalysis, conversation: Conversation, number: int) -> Iterator[Sequence[object]]:
    example = one.example
    used, text = example.used.tolist(), example.rendering.text
    columns = zip(
        example.tokens.ids.tolist(),
        example.tokens.pieces,
        example.tokens.offsets.tolist(),
        example.labels.tolist(),
        example.weights.tolist(),
        one.contributions.tolist(),
        one.messages.tolist(),
        one.parts.tolist(),
        example.reasons.tolist(),
        strict=True,
    )
    for position, (id, piece, (start, end), label, weight, share, message, part, reason) in enumerate(
        columns
    ):
        yield (
            position,
            id,
            guarded(piece),
            guarded(text[start:end]),
            label,
            _state(label, used[position]),
            _number(weight),
            _number(share),
            "" if message == NO_MESSAGE else message + 1,
            "" if message == NO_MESSAGE else guarded(conversation.role(message)),
            PARTS[part],
            guarded(_reason(one, reason)),
            number,
        )


def _state(label: int, used: bool) -> str:
    return "trained" if used else "masked" if label == MASKED else "unused"


def _number(value: float) -> str:
    """Empty where it is not known."""
    return "" if math.isnan(value) else f"{value:.9g}"


def _reason(one: ExampleAnalysis, index: int) -> str:
    table = one.example.reason_table
    return table[index].sentence if 0 <= index < len(table) else ""
