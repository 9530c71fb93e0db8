"""Cutting, renumbering and gluing renderings with their origins."""

from __future__ import annotations

import numpy as np
from lossmask.core.conversation import Conversation
from lossmask.core.parts import PARTS
from lossmask.core.provenance import NO_MESSAGE, Origin, Rendering
from lossmask.core.tokens import Tokens
from lossmask.rendering.render import Variables, compile_template, render
from lossmask.settings import Settings
from lossmask.strategies.joined import Piece, columns, excerpt, join, join_renderings, literal, renumbered
from lossmask.tokenization.load import load_cached
from lossmask.tokenization.locate import locate
from lossmask.tokenization.names import TokenizerRef

TEMPLATE = compile_template(
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
)
MESSAGES = ({"role": "user", "content": "hello you"}, {"role": "assistant", "content": "good day"})


def rendered(*messages: dict[str, str]) -> Rendering:
    return render(TEMPLATE, Conversation(messages), Variables())


def sources(rendering: Rendering) -> list[tuple[str, str, int | None, int | None, int]]:
    """Text, kind, message, start and turn of every run."""
    rows = zip(rendering.runs(), rendering.run_messages.tolist(), strict=True)
    return [
        (
            rendering.text[start:end],
            rendering.origins[number].kind,
            rendering.origins[number].message,
            rendering.origins[number].start,
            turn,
        )
        for (start, end, number), turn in rows
    ]


def test_every_excerpt_keeps_the_origin_of_every_character() -> None:
    def by_character(rendering: Rendering) -> list[tuple[object, ...]]:
        return [
            (kind, message, None if start is None else start + place, turn)
            for text, kind, message, start, turn in sources(rendering)
            for place in range(len(text))
        ]

    whole = rendered(*MESSAGES)
    expected = by_character(whole)
    for start in range(len(whole.text)):
        for end in range(start, len(whole.text) + 1):
            part = excerpt(whole, start, end)
            assert part.text == whole.text[start:end]
            assert by_character(part) == expected[start:end]


def test_two_halves_make_the_whole() -> None:
    whole = rendered(*MESSAGES)
    both = join_renderings([excerpt(whole, 0, 20), excerpt(whole, 20, len(whole.text))])
    assert both.text == whole.text
    assert len(set(both.origins)) == len(both.origins)
    assert both.starts.tolist() == sorted({*whole.starts.tolist(), 20})


def test_nothing_is_a_rendering_too() -> None:
    empty = excerpt(rendered(*MESSAGES), 5, 5)
    assert (empty.text, empty.runs()) == ("", [])
    assert join_renderings([]).text == ""
    assert join_renderings([empty, literal("<s>", Origin("variable", name="bos_token"))]).runs() == [
        [0, 3, 0]
    ]


def test_messages_are_renumbered() -> None:
    moved = renumbered(rendered(MESSAGES[0]), [4])
    assert {(message, turn) for _, _, message, _, turn in sources(moved)} == {(4, 4)}


def test_a_message_of_no_conversation_has_no_source() -> None:
    moved = renumbered(rendered(*MESSAGES), [NO_MESSAGE, 0])
    kinds = {(kind, message, turn) for text, kind, message, _, turn in sources(moved) if "hello" in text}
    assert kinds == {("template", None, NO_MESSAGE)}
    assert ("good day", "message", 0, 0, 0) in sources(moved)


def letters(rendering: Rendering) -> Tokens:
    """One token a character."""
    count = len(rendering.text)
    starts = np.arange(count, dtype=np.int32)
    offsets = np.stack([starts, starts + 1], axis=1)
    ids = np.array([ord(letter) for letter in rendering.text], dtype=np.int32)
    return Tokens(ids, offsets, list(rendering.text), np.zeros(count, dtype=np.bool_))


def test_tokens_follow_their_text() -> None:
    pieces = [Piece(piece, letters(piece)) for piece in (rendered(MESSAGES[0]), rendered(MESSAGES[1]))]
    row = join([pieces[0], pieces[1].without_first(10)])
    assert row.rendering.text == pieces[0].rendering.text + pieces[1].rendering.text[10:]
    assert "".join(row.tokens.pieces) == row.rendering.text
    assert row.tokens.offsets[:, 0].tolist() == list(range(len(row.rendering.text)))


def test_without_all_its_tokens_a_piece_is_empty() -> None:
    piece = Piece(rendered(MESSAGES[0]), letters(rendered(MESSAGES[0])))
    left = piece.without_first(1000)
    assert (left.rendering.text, len(left.tokens)) == ("", 0)


def test_a_character_that_two_tokens_share_is_kept_whole() -> None:
    text = literal("añb", Origin("template", line=1))
    offsets = np.array([[0, 1], [1, 2], [1, 2], [2, 3]], dtype=np.int32)
    tokens = Tokens(np.arange(4, dtype=np.int32), offsets, list("abcd"), np.zeros(4, dtype=np.bool_))
    left = Piece(text, tokens).without_first(2)
    assert left.rendering.text == "ñb"
    assert left.tokens.offsets.tolist() == [[0, 1], [1, 2]]


def test_columns_tell_a_turn_that_stands_twice() -> None:
    tokenizer = load_cached(locate(TokenizerRef.parse("bundled"), Settings({})), "auto")
    whole = rendered(*MESSAGES)
    pieces = [Piece(whole, tokenizer.encode(whole.text))] * 2
    found = columns(Conversation(MESSAGES), pieces, tokenizer)
    half = len(found.parts) // 2
    assert found.parts[:half].tolist() == found.parts[half:].tolist()
    assert found.messages[:half].tolist() == found.messages[half:].tolist()
    assert [PARTS[part] for part in found.parts].count("end_of_turn") == 4
