"""Reading what Python's `print` made of a row: single quotes, True, None, tuples.

Covered: dicts, lists, tuples, strings, numbers, True, False and None, adjacent strings
joined as `pprint` writes them. Not covered: bytes, sets, anything that is not data.

Every token is matched before the text reaches Python's own parser, so that what the
parser sees is short, flat enough, and nothing but data.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from .base import Path
from .json_hints import lone_surrogate
from .json_scan import MAX_DEPTH
from .places import LINE_BREAK, Fault

MAX_CHARACTERS = 500_000
"""Python's parser makes a few hundred bytes of every character in the worst case."""

# Only escapes that Python itself prints: an unknown one would make the parser warn.
_ESCAPE = (
    r"\\(?:[\\'\"abfnrtv]|0(?![0-7])|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U000[0-9a-fA-F]{5}|U0010[0-9a-fA-F]{4})"
)
_TOKEN = re.compile(
    rf"(?P<python>'[^'\\\n\r]*(?:{_ESCAPE}[^'\\\n\r]*)*'|(?:True|False|None)(?!\w))"
    rf'|"[^"\\\n\r]*(?:{_ESCAPE}[^"\\\n\r]*)*"'
    r"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.])"
    r"|[ \t\n\r]+|[,:]|(?P<open>[\[{(])|(?P<close>[\]})])"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def read(text: str) -> tuple[Any] | None:
    """The value of a Python literal, in a tuple of one; None where the text is none.

    Text that could be JSON with a mistake is left to the JSON scanner: there must be
    a single-quoted string, True, False or None.

    >>> read("{'role': 'user', 'content': None}")
    ({'role': 'user', 'content': None},)

    Raises:
        Fault: a string holds half of a surrogate pair.
    """
    if len(text) > MAX_CHARACTERS or not _is_data(text):
        return None
    try:
        tree = ast.parse(text.strip(), mode="eval")
        value = _plain(ast.literal_eval(tree))
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None
    _refuse_surrogates(text, tree)
    return (value,)


def locate(text: str, path: Path) -> int:
    """Offset of the value at `path`, or of the innermost value on the way to it that exists."""
    node = ast.parse(text.strip(), mode="eval").body
    for step in path:
        inner = _child(node, step)
        if inner is None:
            break
        node = inner
    return _offset(text, node)


def _is_data(text: str) -> bool:
    at = depth = 0
    python = False
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return False
        python = python or token["python"] is not None
        depth += (token["open"] is not None) - (token["close"] is not None)
        if depth > MAX_DEPTH:
            return False
        at = token.end()
    return python


def _plain(value: object) -> Any:
    """The value with tuples as lists; a set or a key that is no string is not data for us."""
    if isinstance(value, dict):
        return {_text(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and value - value == 0:
        return value
    raise ValueError(type(value))


def _text(key: object) -> str:
    if not isinstance(key, str):
        raise ValueError(key)
    return key


def _refuse_surrogates(text: str, tree: ast.Expression) -> None:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if found := _SURROGATE.search(node.value):
            raise Fault(_offset(text, node), lone_surrogate(f"\\u{ord(found.group()):04x}"))


def _child(node: ast.expr, step: str | int) -> ast.expr | None:
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        found = [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == step]
        return found[-1] if found else None
    if isinstance(node, ast.List | ast.Tuple) and isinstance(step, int) and step < len(node.elts):
        return node.elts[step]
    return None


def _offset(text: str, node: ast.expr) -> int:
    """The parser counts lines, and columns in bytes of UTF-8."""
    start = len(text) - len(text.lstrip())
    for _ in range(node.lineno - 1):
        found = LINE_BREAK.search(text, start)
        start = found.end() if found else start
    end = LINE_BREAK.search(text, start)
    line = text[start : end.start() if end else len(text)]
    return start + len(line.encode()[: node.col_offset].decode(errors="ignore"))
