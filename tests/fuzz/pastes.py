"""A million damaged and random pastes: only documented errors come out, each within a time bound.

    python -m tests.fuzz.pastes [--inputs 1000000] [--processes 2] [--seed 1]

Prints how many were read and refused, and the slowest. Fails at the first input that raises anything
else, takes longer than the bound, or is read into what cannot be written again; that input is printed.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, TypeAlias, get_args

from lossmask.core.conversation import Conversation
from lossmask.core.parsing import Format, caret, parse, rows_preview
from lossmask.core.parsing.paste import open_paste
from lossmask.errors import ConversationError

Given: TypeAlias = tuple[str, Format | None, int]

BOUND = 1.0
"""Seconds of processor time for one input of the size that is made here (at most about 20,000 characters)."""

LONGEST = 20_000

MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": 'What is 2 + 2?\n\tSay it in "words".'},
    {"role": "assistant", "content": "Four. 🎉 e\u0301", "reasoning_content": "easy"},
]
CALL = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a": 2, "b": [2]}'}}
TOOLED = [
    *MESSAGES,
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "content": "4"},
]
SHAREGPT = {
    "conversations": [{"from": "human", "value": "Hello?"}, {"from": "gpt", "value": "Hi."}],
    "system": "s",
}
ALPACA = {"instruction": "Add.", "input": "2 2", "output": "4", "history": [["a", "b"]]}
PAIR = {"prompt": MESSAGES[:2], "completion": MESSAGES[2:]}
PLAIN = "User: Hello?\nmore of it\n\nAssistant: Hi.\nUser: Bye.\nAssistant: See you."

SOURCES = (
    json.dumps(MESSAGES),
    json.dumps(MESSAGES, indent=2, ensure_ascii=False),
    json.dumps({"messages": TOOLED, "tools": [CALL]}),
    json.dumps(SHAREGPT, indent=1),
    json.dumps(ALPACA),
    json.dumps({"prompt": "a", "completion": "b"}),
    json.dumps(PAIR),
    json.dumps({"text": PLAIN}),
    json.dumps({"chosen": MESSAGES, "rejected": MESSAGES}),
    json.dumps({"input_ids": [1, 2], "labels": [-100, 2]}),
    str(MESSAGES),
    f"data = {TOOLED!r}",
    "\n".join(json.dumps(row) for row in ({"messages": MESSAGES}, SHAREGPT, ALPACA, PAIR)),
    "\r\n".join(map(json.dumps, MESSAGES)),
    json.dumps([SHAREGPT, ALPACA, PAIR]),
    f"```json\n{json.dumps(MESSAGES, indent=1)}\n```",
    "\ufeff" + json.dumps(MESSAGES),
    PLAIN,
    PLAIN.replace("User", "### Human").replace("Assistant", "### Assistant"),
    "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nhello<|im_end|>\n",
)

BITS = (
    *"{}[]()\",:\\'`#\n\t\r 0-.eEuUnN+/*_",
    *(
        "null",
        "None",
        "True",
        "NaN",
        "-Infinity",
        "1e999",
        "0x1F",
        "1_0",
        "//",
        "/*",
        "'''",
        '"""',
        "\\u",
        "\\ud800",
    ),
    *(
        '"role"',
        '"content"',
        '"from"',
        '"value"',
        '"messages"',
        '"text"',
        "user",
        "Assistant:",
        "system",
        "```",
        "= ",
    ),
    *("\ud800", "\udfff", "\0", "\x1b", "\u2028", "\u200b", "\ufeff", "\u202e", "“", "”", "é", "\U0010ffff"),
)


@dataclass
class Corpus:
    """Inputs without end, the same for one seed."""

    seed: int
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def next(self) -> Given:
        """A paste, the format it is to be read as, and the row."""
        chance = self._chance
        kind = chance.random()
        text = self._rubbish() if kind < 0.15 else self._nested() if kind < 0.2 else self._mutated()
        format = None if chance.random() < 0.6 else chance.choice(get_args(Format))
        return text[:LONGEST], format, chance.choice((0, 0, 0, 0, 1, 2, 10**9))

    def _mutated(self) -> str:
        text = self._chance.choice(SOURCES)
        for _ in range(self._chance.choice((1, 1, 2, 3, 5, 12))):
            text = self._chance.choice((_insert, _insert, _drop, _swap, _repeat, _splice))(text, self._chance)
        return text

    def _rubbish(self) -> str:
        chance = self._chance
        if chance.random() < 0.5:
            return "".join(chance.choices(BITS, k=chance.randrange(60)))
        return "".join(
            chr(chance.choice((chance.randrange(128), chance.randrange(0x11_0000)))) for _ in range(40)
        )

    def _nested(self) -> str:
        opened = "".join(
            self._chance.choices(("[", "{", '{"a":', "[[", "("), k=self._chance.randrange(1, 400))
        )
        return opened * self._chance.choice((1, 1, 4, 20)) + self._chance.choice(("", "]" * 50, "1", '"'))


def _insert(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(BITS) + text[at + chance.choice((0, 0, 1)) :]


def _drop(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + text[at + chance.choice((1, 2, 10, 200)) :]


def _swap(text: str, chance: random.Random) -> str:
    first, second = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    return text[second:] + text[first:second] + text[:first]


def _repeat(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    piece = text[at : at + chance.choice((1, 5, 50))]
    return text[:at] + piece * chance.choice((2, 10, 300)) + text[at:]


def _splice(text: str, chance: random.Random) -> str:
    other = chance.choice(SOURCES)
    return text[: chance.randrange(len(text) + 1)] + other[chance.randrange(len(other)) :]


def outcome_of(text: str, format: Format | None, row: int) -> str:
    """`read`, or the code of the error; anything but that is an AssertionError or passes through."""
    try:
        conversation = parse(text, format=format, row=row).conversation
    except ConversationError as error:
        _check_refusal(text, error)
        return error.code
    assert Conversation.from_json(conversation.as_json()) == conversation
    json.dumps(conversation.as_json(), ensure_ascii=False, allow_nan=False).encode()
    return "read"


def _check_refusal(text: str, error: ConversationError) -> None:
    assert error.detail.endswith((".", "\\n.")), error.detail
    where = error.where
    if where is None:
        return
    assert where.column is not None
    lines = re.split(r"\r\n|\r|\n", text)
    assert 1 <= where.line <= len(lines)
    assert 1 <= where.column <= len(lines[where.line - 1]) + 1
    assert caret(text, where).endswith("^")


def previewed(text: str) -> None:
    """The list of rows as the page makes it, which refuses as `parse` does."""
    try:
        labels = rows_preview(open_paste(text))
    except ConversationError:
        return
    assert all(isinstance(label, str) for label in labels)


@dataclass
class Tally:
    """What one process saw."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    slowest: tuple[float, Given] = (0.0, ("", None, 0))
    fault: tuple[str, Given] | None = None


def tried(seed: int, inputs: int) -> Tally:
    """Try a number of inputs, until one is at fault."""
    corpus, tally = Corpus(seed), Tally()
    for number in range(inputs):
        given = corpus.next()
        began = time.process_time()
        try:
            outcome = outcome_of(*given)
            if number % 10 == 0:
                previewed(given[0])
        except Exception as error:
            tally.fault = f"{type(error).__name__}: {error}", given
            return tally
        took = time.process_time() - began
        tally.outcomes[outcome] += 1
        tally.seconds += took
        tally.slowest = max(tally.slowest, (took, given), key=lambda found: found[0])
        if took > BOUND:
            tally.fault = f"{took:.2f} s", given
            return tally
    return tally


def report(tallies: list[Tally]) -> None:
    """Print what all processes saw."""
    outcomes: Counter[str] = sum((tally.outcomes for tally in tallies), Counter())
    slowest = max((tally.slowest for tally in tallies), key=lambda found: found[0])
    seconds = sum(tally.seconds for tally in tallies)
    for outcome, count in outcomes.most_common():
        print(f"{outcome:20} {count:>12,}")
    print(f"{'together':20} {outcomes.total():>12,} in {seconds:,.0f} s of processor time")
    text, format, row = slowest[1]
    print(f"slowest {slowest[0] * 1e3:.1f} ms: {len(text):,} characters, {format}, row {row}: {text[:100]!r}")


def main() -> None:
    """Try, print, and fail where an input is at fault."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given: Any = parser.parse_args()
    shares = [given.inputs // given.processes] * given.processes
    shares[0] += given.inputs % given.processes
    seeds = range(given.seed * 1000, given.seed * 1000 + given.processes)
    with ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool:
        tallies = list(pool.map(tried, seeds, shares))
    report(tallies)
    faults = [tally.fault for tally in tallies if tally.fault]
    for what, at in faults:
        print(f"AT FAULT: {what}\n{at!r}")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
