"""What to say at a fault in JSON: the common mistakes, each recognised and put into a plain sentence."""

from __future__ import annotations

import re

from .places import line_of

TRAILING_COMMA = "There is a comma before a closing bracket; the last entry has none after it."
QUOTES = "Text is put in straight double quotes in JSON, not in single or curly ones."
_EARLY_QUOTE = (
    'The quotes close just before this: a quote inside text is written \\", '
    "or an earlier closing quote is missing."
)
COMMENT = "JSON has no comments."

_QUOTES = "'`\u00b4\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
_NAME = re.compile(r"[^\W\d]\w*")
_NUMBERISH = re.compile(r"[+\-.]*[0-9][\w.+-]*|-")
_STRING_HEAD = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*')
_PYTHON = {"True": "true", "False": "false", "None": "null", "undefined": "null"}

Hint = tuple[int, str]
"""The offset to point at, and the sentence."""


def value(text: str, at: int, end: int, opened: int | None) -> Hint:
    """A value was expected."""
    if at >= end:
        return _ended(text, end, opened)
    if text[at] in _QUOTES:
        return at, QUOTES
    if name := _NAME.match(text, at, end):
        return at, _word(name.group())
    if number := _NUMBERISH.match(text, at, end):
        return at, f"`{_short(number.group())}` is not a number as JSON writes it."
    if text[at] in ",]}:":
        return at, f"A value is missing before `{text[at]}`."
    return at, _stray(text, at) or "A value is expected here."


def key(text: str, at: int, end: int, opened: int) -> Hint:
    """A key or a closing bracket was expected."""
    if at >= end:
        return _ended(text, end, opened)
    if text[at] in _QUOTES:
        return at, QUOTES
    if name := _NAME.match(text, at, end):
        return at, f"The key `{_short(name.group())}` is not in double quotes."
    if text[at] == "]":
        return at, _mismatch(text, at, "{", opened)
    if text[at] in ",:":
        return at, f"A key is missing before `{text[at]}`."
    return at, _stray(text, at) or "A key in double quotes is expected here."


def colon(text: str, at: int, end: int, name: str) -> Hint:
    """A key was read, and no colon follows."""
    if at >= end:
        return _last(
            text, end
        ), f"The {_whole(text, end)} ends after the key `{_short(name)}`, before its value."
    return at, f"A colon is missing after the key `{_short(name)}`."


def separator(text: str, at: int, end: int, bracket: str, opened: int) -> Hint:
    """A value was read, and neither a comma nor a closing bracket follows."""
    if at >= end:
        return _ended(text, end, opened)
    character = text[at]
    if character in "}]":
        return at, _mismatch(text, at, bracket, opened)
    if _breaks_a_string(text, at):
        return at, _EARLY_QUOTE
    if character in '"{[' or character in _QUOTES or _NAME.match(text, at, end):
        return at, "A comma is missing before this."
    return at, _stray(text, at) or "A comma or a closing bracket is expected here."


def string(text: str, start: int, end: int) -> Hint:
    """The string that starts here does not end as it should."""
    head = _STRING_HEAD.match(text, start, end)
    at = head.end() if head else start
    if at >= end:
        return start, f"The {_whole(text, end)} ends inside the quotes that open here."
    if text[at] in "\r\n":
        return (
            at,
            "A line ends inside quotes: the closing quote is missing, or the line break is not written \\n.",
        )
    if text[at] == "\\":
        return at, _bad_escape(text[at : min(at + 2, end)])
    name, escape = ("tab", "\\t") if text[at] == "\t" else ("control character", f"\\u{ord(text[at]):04x}")
    return at, f"There is a raw {name} inside quotes; it is written {escape}."


def lone_surrogate(escape: str) -> str:
    return f"{escape} is half of a surrogate pair and stands for no character."


def after_the_end(character: str) -> str:
    if character in "}]":
        return f"This `{character}` closes nothing."
    return "There is more text after the end of the JSON value."


def _word(name: str) -> str:
    if name in _PYTHON:
        return f"`{name}` is written `{_PYTHON[name]}` in JSON."
    if name in ("NaN", "Infinity", "nan", "inf"):
        return f"`{name}` is not a number that JSON knows."
    return f"`{_short(name)}` is not in double quotes."


def _stray(text: str, at: int) -> str | None:
    if text.startswith(("//", "/*", "#"), at):
        return COMMENT
    if text.startswith("...", at) or text[at] == "…":
        return "The text is shortened here: the dots stand for something that is not there."
    if not text[at].isprintable() or text[at].isspace():
        return f"The character U+{ord(text[at]):04X} does not belong here."
    return None


def _breaks_a_string(text: str, at: int) -> bool:
    return text[at - 1] == '"' and text[at] not in '"{[,:'


def _mismatch(text: str, at: int, bracket: str, opened: int) -> str:
    return f"`{text[at]}` does not close the `{bracket}` of line {line_of(text, opened)}."


def _ended(text: str, end: int, opened: int | None) -> Hint:
    at = _last(text, end)
    if opened is None:
        return at, f"The {_whole(text, end)} ends where a value is expected."
    bracket = f"`{text[opened]}` of line {line_of(text, opened)}"
    return at, f"The {_whole(text, end)} ends before the {bracket} is closed."


def _whole(text: str, end: int) -> str:
    """What has ended: a row of JSONL is one line of the text."""
    return "line" if text[end : end + 1] in tuple("\r\n,") and text[end:].strip(" \t\r\n,") else "text"


def _last(text: str, end: int) -> int:
    return len(text[:end].rstrip())


def _bad_escape(escape: str) -> str:
    if escape == "\\u":
        return "\\u is followed by four hexadecimal digits."
    return f"`{escape}` is not an escape that JSON knows; a backslash itself is written \\\\."


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:40]}…"
