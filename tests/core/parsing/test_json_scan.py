"""The scanner agrees with the standard library on what JSON is, and knows where every value lies."""

from __future__ import annotations

import json
import random

import pytest
from lossmask.core.parsing.json_scan import MAX_DEPTH, find_fault, locate, values

NESTED = {
    "messages": [{"role": "user", "content": [{"text": 'a"\\\n\u20ac'}]}, {}],
    "n": [1, -2.5e3, None],
    "": True,
}


def _at(value: object, path: tuple[str | int, ...]) -> object:
    for step in path:
        value = value[step]  # type: ignore[index]
    return value


@pytest.mark.parametrize("indent", [None, 2])
def test_every_value_starts_where_the_scanner_says(indent: int | None) -> None:
    text = json.dumps(NESTED, indent=indent)
    found = list(values(text, 0, len(text)))
    assert len(found) == 13
    for offset, path in found:
        assert json.JSONDecoder().raw_decode(text, offset)[0] == _at(NESTED, path)
        assert locate(text, 0, len(text), path) == offset


def test_what_does_not_exist_is_at_its_innermost_parent() -> None:
    text = '{"messages": [{"role": "user"}, {"content": "x"}]}'
    assert locate(text, 0, len(text), ("messages", 1, "role")) == text.index('{"content"')
    assert locate(text, 0, len(text), ("tools", 3)) == 0


def test_of_two_equal_keys_the_last_is_located() -> None:
    text = '{"a": [1], "a": {"b": 2}}'
    assert locate(text, 0, len(text), ("a", "b")) == text.index("2")
    assert locate(text, 0, len(text), ("a", 0)) == text.index('{"b"')


def test_offsets_are_those_of_the_whole_text() -> None:
    text = 'xx{"a": 1}yy'
    assert locate(text, 2, 10, ("a",)) == text.index("1")
    assert find_fault(text, 2, 10) is None


def _is_json(text: str) -> bool:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def test_the_scanner_and_the_decoder_agree_on_thousands_of_mutations() -> None:
    rng = random.Random(0)
    source = json.dumps(NESTED)
    alphabet = '{}[]",:\\ \n\t0123eE+-.tfnu"x'
    verdicts = {True: 0, False: 0}
    for _ in range(6000):
        characters = list(source)
        for _ in range(rng.randint(1, 2)):
            characters[rng.randrange(len(characters))] = rng.choice(["", *alphabet])
        text = "".join(characters)
        valid = _is_json(text)
        verdicts[valid] += 1
        assert (find_fault(text, 0, len(text)) is None) == valid, text
    assert min(verdicts.values()) > 300


def test_nesting_is_limited_and_the_place_is_the_bracket_too_many() -> None:
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert find_fault(deep, 0, len(deep)) is None
    fault = find_fault("[" * 100_000, 0, 100_000)
    assert fault is not None
    assert fault.offset == MAX_DEPTH


@pytest.mark.parametrize(
    ("text", "offset"), [('["\\ud800"]', 2), ('["a\\udc00b"]', 3), ('["\\\\\\ud83d"]', 4)]
)
def test_half_a_surrogate_pair_is_a_fault(text: str, offset: int) -> None:
    fault = find_fault(text, 0, len(text))
    assert fault is not None
    assert fault.offset == offset


@pytest.mark.parametrize("text", ['["\\ud83d\\ude00"]', '["\\\\ud800"]'])
def test_whole_pairs_and_escaped_backslashes_are_none(text: str) -> None:
    assert find_fault(text, 0, len(text)) is None


@pytest.mark.parametrize("text", ["1e999", "9" * 5000])
def test_a_number_too_large_is_a_fault(text: str) -> None:
    fault = find_fault(text, 0, len(text))
    assert fault is not None
    assert "too large" in fault.sentence
