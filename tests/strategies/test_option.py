"""Options: what is read, what is refused, and the configuration line."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.errors import OptionError
from lossmask.strategies.base import ConfigKind, Option, OptionKind, Strategy


def strategy(*options: Option, config_kind: ConfigKind = "yaml") -> Strategy:
    return Strategy(
        "x", "X", "", "none", "1", "here", options, lambda context, options: [], config_kind=config_kind
    )


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("flag", True, True),
        ("flag", "on", True),
        ("flag", "False", False),
        ("integer", "12", 12),
        ("integer", 12, 12),
        ("text", "<|im_start|>", "<|im_start|>"),
        ("list", ["a", "b"], ["a", "b"]),
        ("list", '["a, b", "c"]', ["a, b", "c"]),
        ("list", "<|im_end|>, </s>", ["<|im_end|>", "</s>"]),
        ("json", '{"a": [1]}', {"a": [1]}),
        ("json", {"a": 1}, {"a": 1}),
    ],
)
def test_values_are_read(kind: OptionKind, given: object, expected: Any) -> None:
    assert strategy(Option("o", kind, None, "")).read_options({"o": given}) == {"o": expected}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("flag", "maybe"),
        ("integer", "few"),
        ("integer", True),
        ("integer", -1),
        ("text", 3),
        ("choice", "c"),
        ("list", "[1]"),
        ("list", "[broken"),
        ("list", {"a": 1}),
        ("json", "{broken"),
    ],
)
def test_wrong_values_are_refused_by_name(kind: OptionKind, given: object) -> None:
    with pytest.raises(OptionError, match="`o`"):
        Option("o", kind, None, "", ("a", "b")).read(given)


def test_null_is_a_value_only_where_it_may_be() -> None:
    rule = strategy(Option("length", "integer", 1024, "", nullable=True), Option("flag", "flag", None, ""))
    assert rule.read_options({}) == {"length": 1024, "flag": None}
    assert rule.read_options({"length": None, "flag": None}) == {"length": None, "flag": None}
    assert rule.read_options({"length": "null", "flag": "null"}) == {"length": None, "flag": None}
    assert rule.read_options({"length": "", "flag": ""}) == {"length": 1024, "flag": None}
    with pytest.raises(OptionError, match="takes no null"):
        Option("mode", "choice", "a", "", ("a", "b")).read(None)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(OptionError, match="it has: o"):
        strategy(Option("o", "flag", True, "")).read_options({"p": 1})


@pytest.mark.parametrize(
    ("kind", "value", "line"),
    [
        ("yaml", "turn", "o: turn"),
        ("yaml", "<|im_end|>", 'o: "<|im_end|>"'),
        ("yaml", "off", 'o: "off"'),
        ("yaml", None, "o: null"),
        ("yaml", True, "o: true"),
        ("yaml", ["a"], 'o: ["a"]'),
        ("python", "a\n", "o: 'a\\n'"),
        ("python", None, "o: None"),
        ("python", ("a",), "o: ['a']"),
    ],
)
def test_config_lines(kind: ConfigKind, value: Any, line: str) -> None:
    rule = strategy(
        Option("o", "json", None, "", config="o: {value}"), Option("p", "flag", True, ""), config_kind=kind
    )
    assert rule.config_lines({"o": value, "p": True}) == [line]
