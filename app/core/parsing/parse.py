"""From a paste to a conversation: which format it is read as, what else it could be, what was converted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...errors import ConversationError, Where
from ..conversation import Conversation
from .base import Container, Format, Misfit, Reader, Reading
from .document import Document, decode
from .paste import Paste, open_paste
from .places import Fault, where_of
from .prompt_completion import PREFERENCE
from .registry import READER_OF, TITLES, candidates

LABEL_LENGTH = 72


@dataclass(frozen=True, slots=True)
class Parsed:
    """A conversation, and how it was read.

    `candidates` are the other formats that the same row can be read as; `rows` counts
    what the paste holds, and `row` is the one read, from 0. `notes` are sentences on what
    was converted or left out.
    """

    conversation: Conversation
    format: Format
    container: Container
    candidates: tuple[Format, ...]
    rows: int
    row: int
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        """The format's name, as in "Read as OpenAI messages"."""
        return TITLES[self.format]


def parse(
    text: str | Paste, *, format: Format | None = None, row: int = 0, parse_arguments: bool = True
) -> Parsed:
    """Read one row of a pasted text; a `Paste` that is opened once serves several readings.

    Without `format` the row's own evidence decides. `parse_arguments=False` leaves
    tool-call arguments as they are written.

    >>> parse('[{"role": "user", "content": "hi"}]').title
    'OpenAI messages'

    Raises:
        ConversationError: the text, or the row as this format, cannot be read; with the
            line and column of the text wherever there is one to name.
    """
    reading = Reading(parse_arguments)
    if format == "plain":
        return _parse_plain(text, row, reading)
    paste = open_paste(text) if isinstance(text, str) else text
    if paste.container == "text":
        return _parse_text(paste, format, row, reading)
    return _parse_row(paste, format, row, reading)


def rows_preview(text: str | Paste, limit: int = 100) -> tuple[str, ...]:
    """One short line for each of the first rows: what the user says, or the fault.

    Raises:
        ConversationError: the text is not made of rows.
    """
    paste = open_paste(text) if isinstance(text, str) else text
    return tuple(_label(paste, row) for row in range(min(paste.rows, limit)))


def iterate_rows(lines: Iterable[str]) -> Iterator[tuple[int, object]]:
    """Row number, from 0, and value of every line of a JSONL file that is not blank.

    Raises:
        ConversationError: a line is not JSON; `where` is its place in the file.
    """
    row = 0
    for number, line in enumerate(lines, 1):
        if not line.strip("\ufeff \t\r\n"):
            continue
        yield row, _line_value(line, number)
        row += 1


def read_row(value: object) -> Conversation:
    """A decoded row as a conversation, in the format that its own evidence decides.

    >>> read_row({"prompt": "hi", "completion": "hello"}).role(1)
    'assistant'

    Raises:
        ConversationError: no format fits.
    """
    reader = next(iter(candidates(value)), None)
    if reader is None:
        raise ConversationError(_unknown(value))
    try:
        return reader.read(value, Reading())
    except Misfit as misfit:
        raise ConversationError(misfit.sentence) from None


def _line_value(line: str, number: int) -> object:
    clean = " " + line[1:] if line.startswith("\ufeff") else line
    try:
        return decode(clean).value
    except Fault as fault:
        where = Where(number, where_of(clean, fault.offset).column)
        raise ConversationError(fault.sentence, where=where) from None


def _parse_plain(text: str | Paste, row: int, reading: Reading) -> Parsed:
    """Rows with a `text` are read from it; anything else is taken as it was pasted."""
    source = text if isinstance(text, str) else text.pasted
    try:
        paste = open_paste(text) if isinstance(text, str) else text
        document = paste.document(row) if paste.container != "text" else None
    except ConversationError:
        document = None
    if document is not None and READER_OF["plain"].detect(document.value):
        return _parse_row(paste, "plain", row, reading)
    return _parse_text(open_paste(source, as_text=True), None, row, reading)


def _parse_text(paste: Paste, format: Format | None, row: int, reading: Reading) -> Parsed:
    start = len(paste.text) - len(paste.text.lstrip())
    if format not in (None, "plain"):
        sentence = f"This is plain text; {TITLES[format]} would be JSON, which opens with {{ or [."
        raise ConversationError(sentence, where=where_of(paste.text, start))
    if row:
        raise ConversationError(f"There is no row {row}: plain text is one row, row 0.")
    try:
        conversation = READER_OF["plain"].read(paste.text, reading)
    except Misfit as misfit:
        place = paste.text.find("\0")
        raise ConversationError(misfit.sentence, where=where_of(paste.text, max(place, start))) from None
    return Parsed(conversation, "plain", "text", (), 1, 0, tuple(reading.sentences))


def _parse_row(paste: Paste, format: Format | None, row: int, reading: Reading) -> Parsed:
    document = paste.document(row)
    readers = candidates(document.value)
    reader = READER_OF[format] if format else next(iter(readers), None)
    if reader is None:
        raise ConversationError(_unknown(document.value), where=where_of(paste.text, document.offset(())))
    try:
        conversation = reader.read(document.value, reading)
    except Misfit as misfit:
        where = where_of(paste.text, document.offset(misfit.path))
        raise ConversationError(misfit.sentence, where=where) from None
    others = tuple(other.name for other in readers if other is not reader and _reads(other, document))
    notes = (*paste.notes, *document.notes, *reading.sentences)
    return Parsed(conversation, reader.name, paste.container, others, paste.rows, row, notes)


def _reads(reader: Reader, document: Document) -> bool:
    try:
        reader.read(document.value, Reading())
    except Misfit:
        return False
    return True


def _unknown(value: object) -> str:
    if isinstance(value, dict) and "chosen" in value:
        return PREFERENCE
    if isinstance(value, dict) and "input_ids" in value:
        return "This row is tokenized already (`input_ids`); it holds no conversation."
    known = "`messages`, `conversations`, `instruction` with `output`, or `prompt` with `completion`"
    if not isinstance(value, dict):
        return f"The row is no conversation: it needs to be an object with {known}."
    keys = ", ".join(f"`{key[:40]}`" for key in list(value)[:6]) or "none"
    return f"No known format has these keys: {keys}. Known are {known}."


def _label(paste: Paste, row: int) -> str:
    try:
        parsed = parse(paste, row=row)
    except ConversationError as error:
        return _short(f"cannot be read: {error.detail}")
    messages = parsed.conversation.messages
    spoken = [message for message in messages if message["role"] == "user"] or list(messages)
    return _short(_text(spoken[0].get("content")))


def _text(content: object) -> str:
    if isinstance(content, list):
        texts = (part.get("text") if isinstance(part, dict) else part for part in content)
        return " ".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _short(text: str) -> str:
    words = " ".join(text[: 4 * LABEL_LENGTH].split())
    return words if len(words) <= LABEL_LENGTH else f"{words[: LABEL_LENGTH - 1]}…"
