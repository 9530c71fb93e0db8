"""Options by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from lossmask.core.options import read_options
from lossmask.errors import OptionError


@dataclass
class Doubled:
    name: str
    default: Any = None

    def read(self, value: Any) -> Any:
        return value * 2


def test_what_is_given_is_read_and_what_is_absent_has_its_default() -> None:
    assert read_options("rule", [Doubled("a", 1), Doubled("b", 5)], {"a": 4}) == {"a": 8, "b": 5}


def test_an_unknown_name_is_told_with_those_there_are() -> None:
    with pytest.raises(OptionError, match="rule has no option 'c'; it has: a, b"):
        read_options("rule", [Doubled("a"), Doubled("b")], {"c": 1})
    with pytest.raises(OptionError, match="it has: none"):
        read_options("rule", [], {"c": 1})
