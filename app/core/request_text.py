"""From the text of an API request to the request, with the place where it stops being JSON."""

from __future__ import annotations

from typing import Any

from ..errors import LossmaskError
from .parsing.document import decode_json
from .parsing.places import Fault, where_of
from .request import AnalysisRequest


class BadJson(LossmaskError):
    """`where` is the line and column of the text."""

    code = "bad-json"
    title = "The request is not JSON"


def read_request(text: str) -> AnalysisRequest:
    """The request written in a text.

    Raises:
        BadJson: it is not JSON.
        OptionError, ConversationError: a field is not what it should be.
    """
    return AnalysisRequest.from_json(read_json(text))


def read_json(text: str) -> Any:
    """The value of a JSON text, refusing what JSON does not have, such as NaN.

    Raises:
        BadJson: with line and column.
    """
    try:
        return decode_json(text, 0, len(text))[0]
    except Fault as fault:
        raise BadJson(fault.sentence, where=where_of(text, fault.offset)) from None


def read_utf8(body: bytes) -> str:
    """The text of a body, its byte order mark removed.

    Raises:
        BadJson: it is not UTF-8, with line and column of the first byte at fault.
    """
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8", errors="replace")
        where = where_of(before, len(before))
        raise BadJson(f"The text is not UTF-8: byte {error.start} fits no character.", where=where) from None
