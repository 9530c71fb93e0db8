"""What is drawn: every character once, everything invisible visible, further bytes as chips."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from lossmask.core.tokens import Tokens
from lossmask.tokenization.glyphs import Drawing, Glyph, draw, glyphs
from lossmask.tokenization.load import load

from .conftest import Maker
from .nasty import NASTY
from .test_load import at


def tokens_of(*rows: tuple[str, int, int]) -> Tokens:
    """Tokens from pieces and spans."""
    spans = np.array([row[1:] for row in rows], dtype=np.int32).reshape(-1, 2)
    none = np.zeros(len(rows), dtype=bool)
    return Tokens(np.arange(len(rows), dtype=np.int32), spans, [row[0] for row in rows], none)


def shown(rows: Sequence[Sequence[Glyph]]) -> list[str]:
    return ["".join(glyph.shown for glyph in row) for row in rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" ", "·"),
        ("  a", "··a"),
        ("\n\n", "↵\n↵\n"),
        ("\t", "→\t"),
        ("a\r\n", "a⟨U+000D⟩↵\n"),
        ("\u200b", "⟨U+200B⟩"),
        ("\u202e", "⟨U+202E⟩"),
        ("\u00a0", "⟨U+00A0⟩"),
        ("❤\ufe0f", "❤⟨U+FE0F⟩"),
        ("\u0301", "◌\u0301"),
        ("e\u0301", "e\u0301"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("日本", "日本"),
    ],
)
def test_whatever_is_invisible_is_made_visible(text: str, expected: str) -> None:
    assert shown([glyphs(text)]) == [expected]


@pytest.mark.parametrize("text", NASTY)
def test_no_glyph_shows_a_character_that_hides_itself(text: str) -> None:
    for glyph in glyphs(text):
        drawn = glyph.shown.replace("\n", "").replace("\t", "")
        assert drawn.isprintable()
        assert drawn


def test_a_character_in_several_tokens_is_drawn_on_the_first() -> None:
    drawing = draw(" ☕x", tokens_of(("Ġâ", 0, 2), ("ĺ", 1, 2), ("ķx", 1, 3)))
    assert shown(drawing.rows) == ["·☕", "⟨98⟩", "⟨95⟩x"]
    assert [glyph.kind for glyph in drawing.rows[2]] == ["bytes", "text"]


def test_bytes_of_a_metaspace_vocabulary() -> None:
    drawing = draw("☕", tokens_of(("<0xE2>", 0, 1), ("<0x98>", 0, 1), ("<0x95>", 0, 1)))
    assert shown(drawing.rows) == ["☕", "⟨98⟩", "⟨95⟩"]


def test_where_bytes_are_not_known_the_entry_is_shown() -> None:
    drawing = draw("½", tokens_of(("▁1", 0, 1), ("<unk>", 0, 1), ("2", 0, 1)))
    assert shown(drawing.rows) == ["½", "<unk>", "2"]
    assert drawing.rows[1] == (Glyph("piece", "<unk>", ""),)


def test_a_metaspace_before_a_word_is_not_drawn_as_its_first_letter() -> None:
    tokens = tokens_of(("▁", 0, 1), ("x", 0, 1))
    assert shown(draw("x", tokens).rows) == ["▁", "x"]
    assert shown(draw("x", tokens, 1).rows) == ["x"]


def test_a_token_that_covers_nothing_is_shown_by_its_entry() -> None:
    drawing = draw("hi", tokens_of(("<s>", 0, 0), ("hi", 0, 2), ("</s>", 0, 0)))
    assert shown(drawing.rows) == ["<s>", "hi", "</s>"]
    assert drawing.text == "hi"


def test_what_no_token_covers_is_drawn_after_the_token_before() -> None:
    drawing = draw("\u0301cafe\u0301 x", tokens_of(("caf", 1, 5), ("x", 7, 8)))
    assert shown([drawing.before]) == ["◌\u0301"]
    assert shown(drawing.rows) == ["cafe◌\u0301·", "x"]
    assert [glyph.covered for glyph in drawing.rows[0]] == [True, False, False]


def test_what_is_after_the_last_token_is_told_apart() -> None:
    drawing = draw("hi there", tokens_of(("hi", 0, 2)))
    assert shown([drawing.after]) == ["·there"]
    assert drawing.text == "hi there"


def test_a_special_token_that_swallows_whitespace_shows_it() -> None:
    assert shown(draw("<|end|>\n", tokens_of(("<|end|>", 0, 8))).rows) == ["<|end|>↵\n"]


def joined(drawings: Sequence[Drawing]) -> str:
    return "".join(drawing.text for drawing in drawings)


@pytest.mark.parametrize("text", NASTY)
def test_every_character_is_drawn_once(make: Maker, text: str) -> None:
    tokens = load(at(make())).encode(text)
    assert draw(text, tokens).text == text


def test_pages_of_tokens_draw_what_the_whole_draws(make: Maker) -> None:
    tokenizer = load(at(make()))
    rng = random.Random(3)
    for _ in range(20):
        text = "".join(rng.sample("".join(NASTY), 40))
        tokens = tokenizer.encode(text)
        cut = rng.randrange(len(tokens) + 1)
        parts = [draw(text, tokens, 0, cut), draw(text, tokens, cut)]
        assert joined(parts) == text
        assert [*parts[0].rows, *parts[1].rows] == list(draw(text, tokens).rows)


def test_what_no_token_covers_is_drawn_once_across_pages() -> None:
    text, tokens = "a b c ", tokens_of(("a", 0, 1), ("▁", 2, 3), ("b", 2, 3), ("c", 4, 5))
    whole = list(draw(text, tokens).rows)
    for cut in range(5):
        parts = [draw(text, tokens, 0, cut), draw(text, tokens, cut)]
        assert joined(parts) == text
        assert [*parts[0].rows, *parts[1].rows] == whole
