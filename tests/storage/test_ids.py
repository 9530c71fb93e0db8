from __future__ import annotations

import re

from lossmask.storage import ids


def test_ids_have_sixteen_symbols_of_the_alphabet_and_use_them_all() -> None:
    made = [ids.new_id() for _ in range(500)]
    assert all(re.fullmatch("[23456789bcdfghjkmnpqrstvwxz]{16}", id) for id in made)
    assert len(set(made)) == 500
    assert {symbol for id in made for symbol in id} == set("23456789bcdfghjkmnpqrstvwxz")
    assert all(map(ids.is_id, made))


def test_ids_spell_no_words_and_end_with_no_sign() -> None:
    assert not set(ids.ALPHABET) & set("aeiouy_-01l")


def test_what_is_no_id() -> None:
    id = ids.new_id()
    for text in ("", id[:-1], id + "2", id.upper()[:-1] + "B", id[:-1] + "a", id[:-1] + "\n"):
        assert not ids.is_id(text)


def test_a_secret_has_128_bits_and_only_itself_fits() -> None:
    secret, other = ids.new_secret(), ids.new_secret()
    assert re.fullmatch("[0-9a-f]{32}", secret)
    kept = ids.hash_of(secret)
    assert secret.encode() not in kept
    assert bytes.fromhex(secret) not in kept
    assert ids.fits(secret, kept)
    assert not ids.fits(other, kept)
    assert not ids.fits("", kept)
