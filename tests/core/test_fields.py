"""Fields of someone's JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from lossmask.core.fields import (
    LARGEST,
    Unfit,
    as_integer,
    as_object,
    as_optional_text,
    as_rows,
    as_text,
    as_texts,
    one_of,
)


def test_what_fits_comes_back() -> None:
    assert as_object({"a": 1}, "x") == {"a": 1}
    assert as_rows([1], "x") == [1]
    assert as_text("a", "x") == "a"
    assert as_optional_text(None, "x") is None
    assert as_texts(["a", "b"], "x") == ("a", "b")
    assert as_integer(LARGEST, "x") == LARGEST
    assert one_of("a", Literal["a", "b"], "x") == "a"


@pytest.mark.parametrize(
    ("read", "value", "said"),
    [
        (as_object, [], "`x` is not an object"),
        (as_rows, (1,), "`x` is not an array"),
        (as_text, 1, "`x` is not a string"),
        (as_optional_text, 1, "`x` is not a string"),
        (as_texts, ["a", None], "`x` is not a string"),
        (as_integer, True, "`x` is not a number from 0 on"),
        (as_integer, LARGEST + 1, "`x` is not a number from 0 on"),
        (as_integer, -1, "`x` is not a number from 0 on"),
    ],
)
def test_what_does_not_fit_names_its_field(read: Callable[[Any, str], Any], value: Any, said: str) -> None:
    with pytest.raises(Unfit) as caught:
        read(value, "x")
    assert str(caught.value) == said


@pytest.mark.parametrize("value", ["c", None, ["a"]])
def test_what_is_of_no_closed_set(value: Any) -> None:
    with pytest.raises(Unfit, match="`x` is not known"):
        one_of(value, Literal["a", "b"], "x")
