r"""A pasted text as rows: what it is made of, and each row decoded when it is asked for.

Covered: one JSON value; an array of messages (one row) or of rows; JSONL; JSON values one
after another over several lines; messages one a line; any of these as Python literals;
around it a byte order mark, a Markdown code fence or `name =`. Text that does not open
like JSON is left as text. Not covered: what a row means, which is the readers' business.

What is left out is replaced by spaces, so that every offset stays one of the pasted text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from json import JSONDecoder
from typing import Any

from ...errors import ConversationError
from .base import Container
from .document import Decoded, Document, Joined, decode
from .places import Fault, where_of

Span = tuple[int, int]

_OPENS_LIKE_JSON = re.compile(
    r"""\s*(?:\{\s*(?:["'\u201c\u2018}]|\w+\s*:|$)|\[\s*(?:[\[{\]"'\u201c\u2018]|-?[0-9]+\s*,|$))"""
)
_FENCE = re.compile(r"\A\s*```[\w-]*[ \t]*(?=[\r\n])")
_FENCE_END = re.compile(r"```\s*\Z")
_ASSIGNMENT = re.compile(r"\A\s*(?:(?:const|let|var)\s+)?[A-Za-z_]\w*\s*=(?=\s*[\[{])")
_NOT_BREAK = re.compile(r"[^\r\n]+")
_EDGE = " \t\r\n\v\f\xa0\u200b\u2060\u3000\ufeff"
_LINE = re.compile(r"[^\r\n]+")
_NOT_SPACE = re.compile(r"[^ \t\r\n]")


@dataclass(frozen=True, slots=True)
class Paste:
    """The text, as it came and as it is read; its container; its rows.

    Rows are spans still to be decoded, or lie in one document that is decoded already.
    """

    pasted: str
    text: str
    container: Container
    spans: Sequence[Span] = ()
    whole: Document | None = None
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows the text holds; a plain text is one."""
        if self.container == "array" and self.whole is not None:
            return len(self.whole.value)
        return len(self.spans) or 1

    def document(self, row: int) -> Document:
        """One row, decoded.

        Raises:
            ConversationError: there is no such row, or it is not JSON.
        """
        if not 0 <= row < self.rows:
            last = self.rows - 1
            raise ConversationError(
                f"There is no row {row}: rows are counted from 0, and the last is row {last}."
            )
        if isinstance(self.whole, Decoded) and self.container == "array":
            return self.whole.child(row)
        if self.whole is not None:
            return self.whole
        return _decode(self.text, self.spans[row])


def open_paste(text: str, *, as_text: bool = False) -> Paste:
    """Find out what a pasted text is made of; `as_text` keeps it from being taken for JSON.

    Raises:
        ConversationError: the text is empty or cannot be stored as UTF-8, or it opens like
            JSON and is none.
    """
    _refuse_surrogates(text)
    clean = _without_edges(text)
    if not clean.strip():
        raise ConversationError("There is nothing to read: the text is empty.")
    body, notes = (clean, ()) if as_text else _unwrap(clean)
    if as_text or not _OPENS_LIKE_JSON.match(body):
        return Paste(text, clean, "text")
    return replace(_structured(body, notes), pasted=text)


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        sentence = f"The character U+{ord(text[error.start]):04X} is half of a surrogate pair."
        raise ConversationError(sentence, where=where_of(text, error.start)) from None


def _without_edges(text: str) -> str:
    """The text with plain spaces where a byte order mark or other invisible space stands around it."""
    start = len(text) - len(text.lstrip(_EDGE))
    end = max(start, len(text.rstrip(_EDGE)))
    return _blank(text[:start]) + text[start:end] + _blank(text[end:])


def _blank(text: str) -> str:
    return _NOT_BREAK.sub(lambda found: " " * len(found.group()), text)


def _unwrap(text: str) -> tuple[str, tuple[str, ...]]:
    notes = []
    if fence := _FENCE.match(text):
        text = _blank(fence.group()) + text[fence.end() :]
        if end := _FENCE_END.search(text):
            text = text[: end.start()] + _blank(end.group())
        notes.append("The Markdown code fence around the text was left out.")
    if name := _ASSIGNMENT.match(text):
        notes.append(f"`{name.group().strip()}` before the text was left out.")
        text = _blank(name.group()) + text[name.end() :]
    return text, tuple(notes)


def _structured(text: str, notes: tuple[str, ...]) -> Paste:
    lines = _lines(text)
    if len(lines) > 1 and _is_row(text, lines[0]):
        return _of_spans(text, lines, notes)
    try:
        whole = decode(text)
    except Fault as fault:
        spans = _one_after_another(text) or (lines if _look_like_rows(text, lines) else [])
        if not spans:
            raise _error(text, fault) from None
        return _of_spans(text, spans, notes)
    if isinstance(whole.value, list) and not is_messages(whole.value):
        return _of_array(whole, notes)
    return Paste(text, text, "json", whole=whole, notes=notes)


def _of_array(whole: Decoded, notes: tuple[str, ...]) -> Paste:
    if not whole.value:
        raise ConversationError("The list is empty.", where=where_of(whole.text, whole.offset(())))
    return Paste(whole.text, whole.text, "array", whole=whole, notes=notes)


def _of_spans(text: str, spans: list[Span], notes: tuple[str, ...]) -> Paste:
    if any(text[end : end + 1] == "," for _, end in spans):
        notes = (*notes, "The commas between the lines were left out.")
    first = _try(text, spans[0])
    if first is not None and is_messages([first.value]):
        joined = Joined([_decode(text, span) for span in spans])
        return Paste(text, text, "jsonl", whole=joined, notes=(*notes, "Each line was read as one message."))
    return Paste(text, text, "jsonl", spans=spans, notes=notes)


def is_messages(value: Sequence[Any]) -> bool:
    """Whether a list holds messages, and not rows that hold messages."""
    first = next((entry for entry in value if isinstance(entry, dict)), {})
    has_list = any(
        isinstance(inner, list) for key, inner in first.items() if key in ("messages", "conversations")
    )
    return not has_list and ("role" in first or ("from" in first and "value" in first))


def _lines(text: str) -> list[Span]:
    """Spans of the lines that are not blank, without a comma at the end."""
    found = []
    for line in _LINE.finditer(text):
        content = line.group().rstrip()
        if content.strip():
            content = content.removesuffix(",").rstrip()
            found.append((line.start(), line.start() + len(content)))
    return found


def _is_row(text: str, span: Span) -> bool:
    row = _try(text, span)
    return row is not None and isinstance(row.value, dict | list)


def _look_like_rows(text: str, lines: list[Span]) -> bool:
    """Whether the lines open and close like rows, though one of them has a fault."""
    heads = [text[start:end].strip() for start, end in lines[:2]]
    return len(heads) == 2 and all(head[:1] == "{" and head[-1:] == "}" for head in heads)


def _one_after_another(text: str) -> list[Span]:
    """Spans of JSON values that follow each other over several lines, or none."""
    decoder, spans, at = JSONDecoder(), [], 0
    while found := _NOT_SPACE.search(text, at):
        try:
            _, at = decoder.raw_decode(text, found.start())
        except (RecursionError, ValueError):
            return []
        spans.append((found.start(), at))
    return spans if len(spans) > 1 and all(text[start] in "{[" for start, _ in spans) else []


def _try(text: str, span: Span) -> Decoded | None:
    try:
        return decode(text, *span)
    except Fault:
        return None


def _decode(text: str, span: Span) -> Decoded:
    try:
        return decode(text, *span)
    except Fault as fault:
        raise _error(text, fault) from None


def _error(text: str, fault: Fault) -> ConversationError:
    return ConversationError(fault.sentence, where=where_of(text, fault.offset))
