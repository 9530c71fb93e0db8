"""Damaged pastes raise nothing but a ConversationError, and its place lies inside the text."""

from __future__ import annotations

import json
import random
import re
from typing import Any, get_args

import pytest
from lossmask.core.conversation import Conversation
from lossmask.core.parsing import Format, caret, parse
from lossmask.errors import ConversationError

MESSAGES = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Hi."}]
SHAREGPT = {"conversations": [{"from": "human", "value": "Hello?"}, {"from": "gpt", "value": "Hi."}]}
ALPACA = {"instruction": "Hello?", "input": "", "output": "Hi."}
PAIR = {"prompt": "Hello?", "completion": "Hi."}
PLAIN = "User: Hello?\nAssistant: Hi."

SOURCES = [
    json.dumps(MESSAGES),
    json.dumps({"messages": MESSAGES, "tools": []}),
    json.dumps(SHAREGPT, indent=2),
    json.dumps(ALPACA),
    json.dumps(PAIR),
    PLAIN,
    str(MESSAGES),
    json.dumps({"text": PLAIN}),
    f"{json.dumps(MESSAGES)}\n{json.dumps(PAIR)}",
    json.dumps([SHAREGPT, ALPACA], indent=1),
]


BITS = [
    *"{}[]\",:\\'\n\t\r 0-.e",
    "null",
    "None",
    "NaN",
    '"role"',
    '"from"',
    "\ud800",
    "\\ud800",
    "\0",
    "“",
    "\ufeff",
    "1e999",
    "//",
]


def _mutate(text: str, rng: random.Random) -> str:
    for _ in range(rng.randint(1, 3)):
        at, cut = rng.randrange(len(text) + 1), rng.choice([0, 0, 1, 1, 7])
        text = text[:at] + rng.choice(["", *BITS]) + text[at + cut :]
    return text


def _reshape(value: Any, rng: random.Random) -> Any:
    """The value with entries dropped, or replaced by something of another kind."""
    if rng.random() < 0.06:
        return rng.choice([None, 1, 1.5, True, "x", "", [], {}, [1], {"a": 1}, "[{}]", "{"])
    if isinstance(value, dict):
        return {key: _reshape(inner, rng) for key, inner in value.items() if rng.random() > 0.05}
    if isinstance(value, list):
        return [_reshape(inner, rng) for inner in value]
    return value


def _read_or_refuse(text: str, format: Format | None, row: int) -> bool:
    try:
        parsed = parse(text, format=format, row=row)
    except ConversationError as error:
        _check_place(text, error)
        return False
    again = Conversation.from_json(parsed.conversation.as_json())
    assert again == parsed.conversation
    json.dumps(again.as_json()).encode()
    return True


def _check_place(text: str, error: ConversationError) -> None:
    assert error.detail.endswith((".", "\\n."))
    if error.where is None:
        return
    lines = re.split(r"\r\n|\r|\n", text)
    assert error.where.column is not None
    assert 1 <= error.where.line <= len(lines)
    assert 1 <= error.where.column <= len(lines[error.where.line - 1]) + 1
    assert caret(text, error.where).endswith("^")


@pytest.mark.parametrize("seed", range(4))
def test_mutations_of_a_text_raise_nothing_else_and_the_place_is_inside(seed: int) -> None:
    rng = random.Random(seed)
    formats: list[Format | None] = [None, None, None, *get_args(Format)]
    read = [
        _read_or_refuse(_mutate(rng.choice(SOURCES), rng), rng.choice(formats), rng.choice([0, 0, 0, 1]))
        for _ in range(1500)
    ]
    assert 100 < sum(read) < 1400


@pytest.mark.parametrize("seed", range(2))
def test_values_of_the_wrong_kind_raise_nothing_else(seed: int) -> None:
    rng = random.Random(seed)
    call = {"function": {"name": "f", "arguments": "{}"}}
    rows: list[Any] = [
        {
            "messages": [*MESSAGES, {"role": "assistant", "content": None, "tool_calls": [call]}],
            "tools": [call],
        },
        {**SHAREGPT, "system": "s", "tools": "[]"},
        {**ALPACA, "history": [["a", "b"]], "system": "s"},
        {"prompt": MESSAGES[:1], "completion": MESSAGES[1:]},
        {"conversation": {"messages": MESSAGES}},
        {"functions": [call], "messages": [{"role": "function", "content": "x", "function_call": call}]},
    ]
    formats: list[Format | None] = [None, None, None, *get_args(Format)]
    read = [
        _read_or_refuse(json.dumps(_reshape(rng.choice(rows), rng)), rng.choice(formats), 0)
        for _ in range(2000)
    ]
    assert 100 < sum(read) < 1900
