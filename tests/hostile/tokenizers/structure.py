"""Well-formed JSON that contradicts itself: wrong types and numbers, vocabularies and models of no kind."""

from __future__ import annotations

import json

from tests.hostile.tokenizers.making import SOUND, Folder, Make, changed, member, model, text


def with_vocabulary(index: object) -> Make:
    """The sound tokenizer with one more entry, of any id."""
    return changed(lambda spec: spec["model"]["vocab"].__setitem__("far", index))


def unigram(vocabulary: object, unknown: object) -> Make:
    return member(
        "model", {"type": "Unigram", "unk_id": unknown, "vocab": vocabulary, "byte_fallback": False}
    )


def word_piece(**members: object) -> Make:
    plain = {"type": "WordPiece", "unk_token": "a", "continuing_subword_prefix": "##"}
    return member("model", {**plain, "max_input_chars_per_word": 100, "vocab": {"a": 0}, **members})


def word_level(**members: object) -> Make:
    return member("model", {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a", **members})


FOLDERS = [
    Folder("an object of nothing", "broken-tokenizer", text("{}")),
    Folder("a model that is a number", "broken-tokenizer", member("model", 5)),
    Folder("a model of no kind", "broken-tokenizer", model(type="Transformer")),
    Folder("a version that is none", "broken-tokenizer", member("version", "9.9")),
    Folder("no vocabulary", "ok", model(vocab={}, merges=[])),
    Folder("a vocabulary that is a list", "broken-tokenizer", model(vocab=["a", "b"])),
    Folder("an id below zero", "broken-tokenizer", with_vocabulary(-1)),
    Folder("an id that is no number", "broken-tokenizer", with_vocabulary("one")),
    Folder("an id that is a fraction", "broken-tokenizer", with_vocabulary(1.5)),
    Folder("an id that is true", "broken-tokenizer", with_vocabulary(True)),
    Folder("an id beyond 32 bits", "broken-tokenizer", with_vocabulary(2**32)),
    Folder("an id of two thousand million", "ok", with_vocabulary(2**31 - 1)),
    Folder("one id twice", "ok", with_vocabulary(5)),
    Folder("merges of what is not there", "broken-tokenizer", model(merges=[["no", "such"]])),
    Folder("merges of three", "broken-tokenizer", model(merges=[["a", "b", "c"]])),
    Folder("merges that are numbers", "broken-tokenizer", model(merges=[1, 2])),
    Folder("merges that are an object", "broken-tokenizer", model(merges={"a": "b"})),
    Folder("dropout beyond one", "broken-tokenizer", model(dropout=5.0)),
    Folder("an unknown token that is not there", "ok", model(unk_token="<none>")),
    Folder("scores that are infinite", "broken-tokenizer", unigram([["a", float("-inf")]], 0)),
    Folder("scores that are none", "broken-tokenizer", unigram([["a", float("nan")]], 0)),
    Folder("scores that are texts", "broken-tokenizer", unigram([["a", "b"]], 0)),
    Folder("scores beyond all", "ok", unigram([["a", 1e308], ["aa", 1e308], ["q", -1e308]], 0)),
    Folder("an unknown token out of range", "broken-tokenizer", unigram([["a", -1.0]], 99)),
    Folder("no unknown token", "broken-tokenizer", unigram([["q", -1.0]], None)),
    Folder("a unigram of nothing", "broken-tokenizer", unigram([], None)),
    Folder("pieces of words without their unknown", "broken-tokenizer", word_piece(unk_token="<none>")),
    Folder("pieces of words of any length", "ok", word_piece(max_input_chars_per_word=2**40)),
    Folder("pieces of words below zero", "broken-tokenizer", word_piece(max_input_chars_per_word=-1)),
    Folder("whole words without their unknown", "broken-tokenizer", word_level(unk_token="<none>")),
    Folder("whole words, none of them there", "ok", word_level()),
    Folder("every member a list", "broken-tokenizer", text(json.dumps({name: [] for name in SOUND}))),
]
