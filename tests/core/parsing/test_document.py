"""Decoding is strict where a template or a tokenizer would stumble later."""

from __future__ import annotations

import pytest
from lossmask.core.parsing.document import PYTHON_NOTE, Joined, decode
from lossmask.core.parsing.places import Fault


def test_json_is_decoded() -> None:
    assert decode('{"a": [1, 2.5, null, true, "\\u00e9"]}').value == {"a": [1, 2.5, None, True, "é"]}


def test_of_a_key_that_stands_twice_the_last_counts_and_a_note_says_so() -> None:
    decoded = decode('{"a": 1, "b": 0, "a": 2}')
    assert decoded.value == {"a": 2, "b": 0}
    assert decoded.notes == ("The key `a` stands twice in one object; the last one counts.",)


@pytest.mark.parametrize(
    "text", ["[NaN]", "[-Infinity]", "[1e999]", "[" + "9" * 5000 + "]", '["\\ud800"]', "[" * 101 + "]" * 101]
)
def test_what_no_tokenizer_could_take_is_a_fault(text: str) -> None:
    with pytest.raises(Fault):
        decode(text)


@pytest.mark.parametrize("text", ["[" * 5000, '{"a":' * 5000, "[" * 100_000 + "]" * 100_000])
def test_deep_nesting_is_a_fault_and_no_recursion_error(text: str) -> None:
    with pytest.raises(Fault, match="nested"):
        decode(text)


def test_what_is_accepted_can_be_located() -> None:
    text = "[" * 100 + "]" * 100
    assert decode(text).offset((0,) * 99) == 99
    digits = '{"n": ' + "9" * 3000 + "}"
    assert decode(digits).offset(("n",)) == 6


def test_a_python_literal_is_read_with_a_note() -> None:
    decoded = decode("{'a': None}")
    assert decoded.value == {"a": None}
    assert decoded.notes == (PYTHON_NOTE,)


def test_a_span_is_decoded_and_its_places_are_those_of_the_whole_text() -> None:
    text = "xxxx[{'a': 'b'}]"
    assert decode(text, 4).offset((0, "a")) == text.index("'b'")
    assert decode(text, 4).child(0).offset(("a",)) == text.index("'b'")


def test_joined_documents_are_one_list() -> None:
    text = '{"a": 1}\n{"a": 2}'
    joined = Joined([decode(text, 0, 8), decode(text, 9)])
    assert joined.value == [{"a": 1}, {"a": 2}]
    assert joined.offset((1, "a")) == text.index("2")
    assert joined.offset(()) == 0
