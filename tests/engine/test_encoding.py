from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lossmask.engine.encoding import encoded

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
)


def test_it_is_compact_and_utf8() -> None:
    assert encoded({"text": "☕", "ids": [1, 2]}) == '{"text":"☕","ids":[1,2]}'.encode()


def test_a_number_that_is_none_is_null() -> None:
    assert encoded([math.nan, math.inf]) == b"[null,null]"


def test_a_huge_number_is_written_out() -> None:
    assert encoded({"max_length": 10**30}) == b'{"max_length":1000000000000000000000000000000}'


def test_half_a_character_has_no_json() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        encoded("\ud800")


@given(VALUES)
def test_it_says_what_the_standard_library_says(value: object) -> None:
    assert json.loads(encoded(value)) == json.loads(json.dumps(value))
