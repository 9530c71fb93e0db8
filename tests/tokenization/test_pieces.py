"""Spellings of vocabularies, and bytes of their entries."""

from __future__ import annotations

import pytest
from lossmask.tokenization.pieces import BYTES, bytes_of, spelling_of
from tokenizers import pre_tokenizers


def test_the_byte_alphabet_is_the_librarys() -> None:
    assert set(BYTES) == set(pre_tokenizers.ByteLevel.alphabet())
    splitter = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    for text in ("\x00\t\n \x7f", "é", "☕", "\u0800\uffff", "\U0001f468"):
        spelt = "".join(piece for piece, _ in splitter.pre_tokenize_str(text))
        assert bytes(BYTES[character] for character in spelt) == text.encode()


@pytest.mark.parametrize(
    ("pieces", "spelling"),
    [
        (["give", "Ġme"], "byte-level"),
        (["Ċ"], "byte-level"),
        (["<｜begin▁of▁sentence｜>", "Ġme"], "byte-level"),  # noqa: RUF001
        (["give"], "byte-level"),
        (["▁give", "é"], "metaspace"),
        (["<0x0A>"], "metaspace"),
        (["☕"], "text"),
        ([], "byte-level"),
    ],
)
def test_a_spelling_is_told_from_some_entries(pieces: list[str], spelling: str) -> None:
    assert spelling_of(pieces) == spelling


def test_bytes_of_each_spelling() -> None:
    assert bytes_of("ĠâĢ", "byte-level") == b" \xe2\x80"
    assert bytes_of("<0xE2>", "metaspace") == b"\xe2"
    assert bytes_of("▁é", "metaspace") == " é".encode()
    assert bytes_of("☕", "text") == "☕".encode()


def test_added_tokens_are_spelt_as_text_in_any_vocabulary() -> None:
    assert bytes_of("<｜User｜>", "byte-level") == "<｜User｜>".encode()  # noqa: RUF001
    assert bytes_of("Ġé", "byte-level", special=True) == "Ġé".encode()


@pytest.mark.parametrize("piece", ["<unk>", "[UNK]", "##ing"])
def test_entries_that_do_not_tell_have_no_bytes(piece: str) -> None:
    assert bytes_of(piece, "text", special=piece == "<unk>") is None
