"""The picture: sound XML, every character of the tokens in it, bounded, and inert."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from lossmask.core.files import as_svg
from lossmask.core.files import svg as layout
from lossmask.core.files.svg_lines import broken, cells

from tests.core.files.bodies import HOSTILE
from tests.core.files.sheets import sheet, token

NAMESPACE = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "style", "rect", "path", "text"}


def drawn(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(text)
    assert {element.tag.removeprefix(NAMESPACE) for element in root.iter()} <= ALLOWED
    for element in root.iter():
        assert not {name for name in element.attrib if name.startswith("on") or "href" in name}
    return root


def texts(root: ElementTree.Element) -> str:
    return "".join(element.text or "" for element in root.iter(f"{NAMESPACE}text"))


def test_tokens_are_drawn_with_a_bar_where_they_train() -> None:
    root = drawn(as_svg(sheet([token("ask"), token("answer", "trained"), token("x", "unused")])))
    assert "askanswerx" in texts(root)
    bars = [rect for rect in root.iter(f"{NAMESPACE}rect") if rect.get("class") == "b"]
    assert len(bars) == 2  # One token and the legend.
    assert float(bars[0].get("width", 0)) == pytest.approx(6 * 9.6)


@pytest.mark.parametrize("text", [HOSTILE, "]]>", "\x00\ud7ff\uffff\ufffe", "\u202e", "&amp;"])
def test_hostile_words_are_text(text: str) -> None:
    shown = sheet([token(text, "trained", marked=True)], role=text, verdict=text, settings=((text, text),))
    root = drawn(as_svg(shown))
    assert all(character.isprintable() for character in texts(root))


def test_lines_break_between_tokens_and_within_long_ones() -> None:
    lines = list(broken([token("abc"), token("defg"), token("h" * 12), token("↵\n"), token("z")], 6))
    assert ["".join(piece.text for piece in line) for line in lines] == [
        "abc",
        "defghh",
        "hhhhhh",
        "hhhh↵",
        "z",
    ]
    assert all(piece.column + piece.cells <= 6 for line in lines for piece in line)


def test_wide_characters_take_two_cells_and_marks_none() -> None:
    assert cells("日本e\u0301") == 5
    lines = list(broken([token("日本語")], 5))
    assert ["".join(piece.text for piece in line) for line in lines] == ["日本", "語"]


def test_a_wide_character_in_a_narrow_line_does_not_hang() -> None:
    assert sum(len(line) for line in broken([token("a"), token("日"), token("b")], 2)) == 3


def test_what_is_left_out_is_said() -> None:
    text = as_svg(sheet([token("word ")] * (layout.MOST_TOKENS + 234)))
    assert "234 more tokens are left out" in text
    lines = as_svg(sheet([token("↵\n")] * 1_000))
    assert f"{1_000 - layout.MOST_LINES:,} more tokens are left out" in lines


def test_many_examples_are_bounded_too() -> None:
    text = as_svg(sheet([token("word ")] * 800, examples=40))
    assert re.search(r"\d+ more examples are left out", text)
    height = int(ElementTree.fromstring(text).get("height", 0))
    assert height < 8_000


def test_the_length_limit_is_told() -> None:
    assert "cut 7 tokens off" in as_svg(sheet([token("x")], cut=7))
