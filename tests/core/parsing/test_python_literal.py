"""What `print` makes of a row is read; what is code, or could be JSON with a mistake, is not."""

from __future__ import annotations

import json
import pprint
import random

import pytest
from lossmask.core.parsing.places import Fault
from lossmask.core.parsing.python_literal import MAX_CHARACTERS, locate, read

ROW = {
    "messages": [
        {"role": "user", "content": 'It\'s "both" \t\x07 \\ é 🎉 \u2028'},
        {"role": "assistant", "content": None, "weight": 0.5, "train": False, "n": -3},
        {"role": "user", "content": "a long text " * 40},
    ]
}


def test_what_print_shows_is_read_back() -> None:
    assert read(str(ROW)) == (ROW,)


def test_what_pprint_shows_is_read_back() -> None:
    assert "content': (" in pprint.pformat(ROW) or "'\n" in pprint.pformat(ROW)
    assert read(pprint.pformat(ROW)) == (ROW,)


def test_tuples_become_lists() -> None:
    assert read("('a', ('b',))") == (["a", ["b"]],)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROW),
        '{"a": 1,}',
        "__import__('os')",
        "['a'].clear()",
        "{'a', 'b'}",
        "{1: 'a'}",
        "b'a'",
        "f'{1}'",
        "['a' if True else 'b']",
        "[1e999, 'a']",
        "['\\d']",
        "['a'",
        "['a', nan]",
        "'a' * 9",
        "[" * 300 + "'a'" + "]" * 300,
        "['a'" + ", '" + "a" * MAX_CHARACTERS + "']",
    ],
)
def test_what_is_no_plain_data_is_not_read(text: str) -> None:
    assert read(text) is None


def test_half_a_surrogate_pair_is_a_fault_at_its_string() -> None:
    text = "{'a': 'x',\n 'é': 'b\\ud800'}"
    with pytest.raises(Fault, match="surrogate") as caught:
        read(text)
    assert caught.value.offset == text.index("'b\\ud800'")


@pytest.mark.parametrize("before", ["", "\n\n  "])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_values_are_located(before: str, line_end: str) -> None:
    text = before + line_end.join(["{'é🎉': [", " 'ü', {'b': 1, 'b': 2}]}"])
    assert locate(text, ()) == text.index("{")
    assert locate(text, ("é🎉", 1)) == text.index("{'b'")
    assert locate(text, ("é🎉", 1, "b")) == text.index("2")
    assert locate(text, ("é🎉", 1, "missing")) == text.index("{'b'")
    assert locate(text, ("é🎉", 7)) == text.index("[")


def _reads_back(text: str) -> bool:
    try:
        return read(text) is not None
    except Fault as fault:
        return fault.offset > len(text)


def test_mutations_never_raise_anything_but_a_fault() -> None:
    rng = random.Random(1)
    source = str({**ROW, "messages": ROW["messages"][:2]})
    bits = ["", "'", '"', "\\", "\n", "(", ")", "{", ",", "-", "0", "\ud800", "\0"]
    read_back = 0
    for _ in range(3000):
        at = rng.randrange(len(source))
        read_back += _reads_back(source[:at] + rng.choice(bits) + source[at + 1 :])
    assert 100 < read_back < 2900
