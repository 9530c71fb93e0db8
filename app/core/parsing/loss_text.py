"""Numbers as trainers print them: lists, tensors, arrays, or a column, with a name before them or not.

Covered: brackets or none, commas, spaces or lines between; `tensor(…)` and `array(…)` with their
device and dtype; nan, null and None. Not covered: objects, which are JSON or Python's print of them.
"""

from __future__ import annotations

import math
import re
from typing import Any, NoReturn

from ...errors import LossesError
from .places import where_of
from .scored import quoted

MAX_DEPTH = 8

_NAME = re.compile(r"\s*[\"']?(?P<name>[A-Za-z_][\w./]*)[\"']?\s*[:=]\s*")
_PART = re.compile(r"(?P<open>[\[(])|(?P<close>[\])])|(?P<gap>[\s,;]+)|(?P<word>[^\s,;\[\]()]+)")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?inf(?:inity)?", re.IGNORECASE)
_BLANK = re.compile(r"[-+]?nan|null|none", re.IGNORECASE)
_MAKER = re.compile(r"(?:torch\.|np\.|numpy\.|jnp\.)?(?:tensor|Tensor|array|Array|(?:b?float)[0-9]+)")
_ABOUT = re.compile(r"(?:device|dtype|grad_fn|requires_grad)=.*")
_LEFT_OUT = re.compile(r"\.\.\.|…")


def read_numbers(text: str) -> tuple[str | None, list[Any]]:
    """The name written before the numbers, if any, and the numbers as nested lists, None for a blank.

    >>> read_numbers("losses = tensor([0.5, nan], device='cuda:0')")
    ('losses', [[[0.5, None]]])

    Raises:
        LossesError: with line and column, where something else stands there.
    """
    named = _NAME.match(text)
    start = named.end() if named else 0
    open_lists: list[list[Any]] = [[]]
    for part in _PART.finditer(text, start):
        _take(part, open_lists, text)
    if len(open_lists) > 1:
        _refuse(text, len(text), "The list is not closed: the end of what was pasted is missing.")
    return (named["name"] if named else None), open_lists[0]


def _take(part: re.Match[str], open_lists: list[list[Any]], text: str) -> None:
    if part["open"]:
        if len(open_lists) > MAX_DEPTH:
            _refuse(text, part.start(), "The lists are nested too deep.")
        open_lists.append([])
    elif part["close"]:
        if len(open_lists) == 1:
            _refuse(text, part.start(), f"There is a `{part['close']}` that closes nothing.")
        _close(open_lists)
    elif part["word"] and not _is_ornament(part, text):
        open_lists[-1].append(_value(part, text))


def _close(open_lists: list[list[Any]]) -> None:
    done = open_lists.pop()
    open_lists[-1].append(done)


def _is_ornament(part: re.Match[str], text: str) -> bool:
    """Whether a word belongs to a printed tensor and not to its numbers."""
    word = part["word"]
    makes = _MAKER.fullmatch(word) is not None and text[part.end() : part.end() + 1] == "("
    return makes or _ABOUT.fullmatch(word) is not None


def _value(part: re.Match[str], text: str) -> float | None:
    word = part["word"]
    if _BLANK.fullmatch(word):
        return None
    if _INFINITE.fullmatch(word):
        return -math.inf if word.startswith("-") else math.inf
    if _NUMBER.fullmatch(word):
        return float(word)
    if _LEFT_OUT.search(word):
        _refuse(
            text,
            part.start(),
            "The print leaves numbers out (`...`). Print all of them, with `.tolist()` or "
            "`torch.set_printoptions(threshold=sys.maxsize)`.",
        )
    _refuse(text, part.start(), f"{quoted(word)} is no number.")


def _refuse(text: str, offset: int, sentence: str) -> NoReturn:
    raise LossesError(sentence, where=where_of(text, offset))
