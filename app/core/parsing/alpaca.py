r"""Alpaca: `instruction`, `input`, `output`, perhaps `system` and `history`.

The user's message is the instruction and, where there is an input, a line break and the
input; the assistant's is the output. `history` holds earlier pairs of the two. Dolly's
`context` and `response` are read as `input` and `output`.
"""

from __future__ import annotations

from typing import Any

from ..conversation import Conversation, Message
from .base import Evidence, Misfit, Reader, Reading, build, kind_of
from .message import read_tools
from .sharegpt import with_system

_INPUT = ("input", "context")
_OUTPUT = ("output", "response")
_USED = ("instruction", "tools", "functions", "documents", "system", "system_prompt", "history")


def detect(row: object) -> Evidence:
    """`instruction`; a full row has its answer too."""
    if not isinstance(row, dict) or not isinstance(row.get("instruction"), str):
        return 0
    return 2 if _first(row, _OUTPUT) else 1


def read(row: Any, reading: Reading) -> Conversation:
    if not isinstance(row, dict):
        raise Misfit(f"Alpaca needs an object with `instruction` and `output`; this is {kind_of(row)}.")
    instruction, output = _text(row, ("instruction",)), _text(row, _OUTPUT)
    messages = _history(row.get("history"), reading)
    messages.append({"role": "user", "content": _question(instruction, row, reading)})
    messages.append({"role": "assistant", "content": output})
    answer = _first(row, _OUTPUT)
    reading.note(f"`instruction` was read as the user's message and `{answer}` as the assistant's.")
    reading.note_left_out(row, (*_USED, *(key for key in (_first(row, _INPUT), answer) if key)))
    messages = with_system(messages, row, reading)
    return build(messages, read_tools(row, (), reading), row)


def _question(instruction: str, row: dict[str, Any], reading: Reading) -> str:
    key = _first(row, _INPUT)
    if key is None or row[key] == "":
        return instruction
    reading.note(f"`{key}` was put under `instruction`, after a line break.")
    return f"{instruction}\n{_text(row, _INPUT)}"


def _history(history: object, reading: Reading) -> list[Message]:
    if not history:
        return []
    if not isinstance(history, list):
        raise Misfit(f"`history` is {kind_of(history)}; it is a list of pairs.", ("history",))
    reading.note("`history` was read as earlier turns.")
    messages: list[Message] = []
    for index, pair in enumerate(history):
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
            raise Misfit(f"Entry {index} of `history` is not a pair of texts.", ("history", index))
        messages.append({"role": "user", "content": pair[0]})
        messages.append({"role": "assistant", "content": pair[1]})
    return messages


def _first(row: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((key for key in keys if row.get(key) is not None), None)


def _text(row: dict[str, Any], keys: tuple[str, ...]) -> str:
    key = _first(row, keys)
    if key is None:
        raise Misfit(f"An Alpaca row needs `{keys[0]}`, which is missing.")
    if not isinstance(row[key], str):
        raise Misfit(f"`{key}` is {kind_of(row[key])}; it is text.", (key,))
    return str(row[key])


READER = Reader("alpaca", "Alpaca", detect, read)
