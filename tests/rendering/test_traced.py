"""Every operation on traced text gives the text that plain strings give, and pieces that add up to it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from lossmask.rendering.traced import DERIVED, NO_TURN, UNKNOWN, Traced, cut, pieces_of

TEXT = "  <think>\nHello, wörld\n</think>  a,b,,c  "


def leaf(text: str = TEXT, source: int = 0) -> Traced:
    return Traced(text, ((len(text), source, 0, NO_TURN),))


def spelled(text: Traced, source_text: str = TEXT, source: int = 0) -> list[str]:
    """What the exact pieces say the text is, `?` where they say nothing."""
    characters = []
    for length, origin, offset, _ in text._pieces:
        exact = origin == source and offset != DERIVED
        characters += source_text[offset : offset + length] if exact else "?" * length
    return characters


OPERATIONS: dict[str, Callable[[str], Any]] = {
    "strip": lambda text: text.strip(),
    "strip characters": lambda text: text.strip(" <"),
    "lstrip": lambda text: text.lstrip(),
    "rstrip": lambda text: text.rstrip("\n "),
    "slice": lambda text: text[3:17],
    "slice from the end": lambda text: text[-9:-2],
    "slice backwards": lambda text: text[::-1],
    "index": lambda text: text[5],
    "index from the end": lambda text: text[-4],
    "split": lambda text: text.split(),
    "split on text": lambda text: text.split("</think>"),
    "split once": lambda text: text.split(",", 1),
    "rsplit": lambda text: text.rsplit(None, 2),
    "rsplit once": lambda text: text.rsplit(",", 1),
    "splitlines": lambda text: text.splitlines(),
    "splitlines with ends": lambda text: text.splitlines(True),
    "partition": lambda text: text.partition("think>"),
    "partition missing": lambda text: text.partition("absent"),
    "rpartition": lambda text: text.rpartition("think>"),
    "replace": lambda text: text.replace("think", "thought"),
    "replace once": lambda text: text.replace(",", ";", 1),
    "replace nothing": lambda text: text.replace("absent", "x"),
    "replace the empty text": lambda text: text.replace("", "-"),
    "add": lambda text: text + "tail",
    "radd": lambda text: "head" + text,
    "multiply": lambda text: text * 3,
    "rmultiply": lambda text: 2 * text,
    "join": lambda text: text.join(["a", text, "b"]),
    "removeprefix": lambda text: text.removeprefix("  <"),
    "removesuffix": lambda text: text.removesuffix("  "),
    "upper": lambda text: text.upper(),
    "title": lambda text: text.title(),
    "center": lambda text: text.center(80, "*"),
    "expandtabs": lambda text: text.expandtabs(),
    "translate": lambda text: text.translate({44: "!"}),
    "percent": lambda text: text + text.replace(",", "%s") % (text, 1, 2, 3),
    "format": lambda text: (text + "{}").format(text),
    "str": lambda text: str(text),
    "characters": lambda text: list(text),
    "json": lambda text: json.dumps({"key": text}, ensure_ascii=False),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_text_equals_that_of_plain_strings(name: str) -> None:
    traced, plain = OPERATIONS[name](leaf()), OPERATIONS[name](TEXT)
    assert traced == plain
    for one in [traced] if isinstance(traced, str) else traced:
        assert sum(piece[0] for piece in pieces_of(one)) == len(one)


@pytest.mark.parametrize("name", OPERATIONS)
def test_exact_pieces_spell_the_text(name: str) -> None:
    result = OPERATIONS[name](leaf())
    for one in [result] if isinstance(result, str) else result:
        if isinstance(one, Traced):
            assert all(said in ("?", real) for said, real in zip(spelled(one), one, strict=True))


@pytest.mark.parametrize("name", ["strip", "slice", "split on text", "partition", "rsplit", "splitlines"])
def test_what_is_cut_out_stays_exact(name: str) -> None:
    result = OPERATIONS[name](leaf())
    for one in [result] if isinstance(result, str) else result:
        assert "".join(spelled(one)) == one


def test_changed_characters_are_derived_from_their_source() -> None:
    assert leaf().upper()._pieces == ((len(TEXT), 0, DERIVED, NO_TURN),)


def test_plain_text_is_of_unknown_source() -> None:
    assert Traced("abc")._pieces == ((3, UNKNOWN, DERIVED, NO_TURN),)


def test_cut_spans_pieces() -> None:
    assert cut(((3, 0, 10, -1), (4, 1, -1, 2)), 2, 3) == ((1, 0, 12, -1), (2, 1, -1, 2))


def test_errors_are_those_of_plain_strings() -> None:
    for wrong in ({}, 1, None, ["a"]):
        with pytest.raises(TypeError) as traced:
            leaf() + wrong  # type: ignore[operator]
        with pytest.raises(TypeError) as plain:
            TEXT + wrong  # type: ignore[operator]
        assert str(traced.value) == str(plain.value)


def test_random_chains_of_operations() -> None:
    chance = random.Random(7)
    names = ["strip", "slice", "add", "radd", "replace", "removeprefix", "rstrip", "multiply", "join"]
    for _ in range(300):
        traced: Any = leaf()
        plain: Any = TEXT
        for name in chance.choices(names, k=4):
            traced, plain = OPERATIONS[name](traced), OPERATIONS[name](plain)
        assert traced == plain
        assert all(said in ("?", real) for said, real in zip(spelled(traced), traced, strict=True))
