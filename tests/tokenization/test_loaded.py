"""Encoding into columns."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from lossmask.errors import TokenizerError
from lossmask.tokenization.load import load
from lossmask.tokenization.loaded import LoadedTokenizer, Pieces

from .conftest import Maker, by_transformers
from .test_load import at

TEXT = "<|im_start|>user\ngive me ☕<|im_end|><think>"


@pytest.fixture
def folder(make: Maker) -> Path:
    return make()


@pytest.fixture
def small(folder: Path) -> LoadedTokenizer:
    return load(at(folder))


def test_columns_have_one_length_and_their_types(small: LoadedTokenizer) -> None:
    tokens = small.encode(TEXT)
    count = len(tokens)
    assert tokens.ids.shape == tokens.special.shape == (count,)
    assert tokens.offsets.shape == (count, 2)
    assert tokens.ids.dtype == tokens.offsets.dtype == np.int32
    assert len(tokens.pieces) == count


def test_ids_and_offsets_are_transformers_own(small: LoadedTokenizer, folder: Path) -> None:
    tokens, model = small.encode(TEXT), by_transformers(folder)
    own = model(TEXT, add_special_tokens=False, return_offsets_mapping=True)
    assert tokens.ids.tolist() == own["input_ids"]
    assert tokens.offsets.tolist() == [list(span) for span in own["offset_mapping"]]
    assert list(tokens.pieces) == model.convert_ids_to_tokens(own["input_ids"])


def test_special_and_added_tokens_are_told_apart(small: LoadedTokenizer) -> None:
    tokens = small.encode(TEXT)
    special = [piece for piece, is_special in zip(tokens.pieces, tokens.special, strict=True) if is_special]
    assert special == ["<|im_start|>", "<|im_end|>"]
    assert small.is_added(tokens.ids)[-1]
    assert not tokens.special[-1]


def test_no_text_has_no_tokens(small: LoadedTokenizer) -> None:
    tokens = small.encode("")
    assert len(tokens) == 0
    assert tokens.offsets.shape == (0, 2)


def test_truncation_and_padding_of_the_file_are_not_applied(make: Maker) -> None:
    folder = make()
    data = json.loads((folder / "tokenizer.json").read_text())
    data["truncation"] = {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0}
    data["padding"] = {
        "strategy": {"Fixed": 99},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "!",
    }
    (folder / "tokenizer.json").write_text(json.dumps(data))
    for loader in ("auto", "file"):
        tokens = load(at(folder), loader).encode("bbbbb")  # type: ignore[arg-type]
        assert tokens.offsets.tolist() == [[place, place + 1] for place in range(5)]


def test_special_tokens_are_split_where_the_config_says_so(make: Maker) -> None:
    folder = make(split_special_tokens=True)
    tokenizer = load(at(folder))
    text = "<|im_end|>"
    tokens = tokenizer.encode(text)
    assert len(tokens) > 1
    assert tokens.ids.tolist() == by_transformers(folder)(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.differs_from_file(text, tokens) is not None


def test_half_a_character_is_refused_with_its_place(small: LoadedTokenizer) -> None:
    with pytest.raises(TokenizerError, match="Character 2 ") as caught:
        small.encode("ab\ud83d")
    assert caught.value.code == "lone-surrogate"


def test_pieces_behave_as_a_list_and_are_pickled_as_one(small: LoadedTokenizer) -> None:
    pieces = small.encode("give me").pieces
    assert isinstance(pieces, Pieces)
    assert pieces[0] == "give"
    assert isinstance(pieces[1:], Pieces)
    assert list(pieces[1:]) == list(pieces)[1:]
    assert pieces == list(pieces)
    copied = pickle.loads(pickle.dumps(pieces))
    assert type(copied) is list
    assert copied == list(pieces)


def test_decoding_is_transformers_own(small: LoadedTokenizer, folder: Path) -> None:
    ids, model = small.encode(TEXT).ids, by_transformers(folder)
    for start in range(len(ids)):
        own = model.decode(ids[start:].tolist(), clean_up_tokenization_spaces=False)
        assert small.decode(ids[start:]) == own


def test_added_tokens_are_told_by_their_text(small: LoadedTokenizer, folder: Path) -> None:
    own = {index: str(token) for index, token in by_transformers(folder).added_tokens_decoder.items()}
    assert small.added_tokens == own


def test_where_the_tokenizer_cuts(make: Maker, small: LoadedTokenizer) -> None:
    assert small.truncation_side == "right"
    assert load(at(make("left", truncation_side="left"))).truncation_side == "left"


def test_many_texts_are_encoded_as_each_alone(small: LoadedTokenizer) -> None:
    texts = [TEXT, "", "give", "☕ me"]
    for many, text in zip(small.encode_many(texts), texts, strict=True):
        alone = small.encode(text)
        assert many.ids.tolist() == alone.ids.tolist()
        assert many.offsets.tolist() == alone.offsets.tolist()
        assert many.special.tolist() == alone.special.tolist()
        assert list(many.pieces) == list(alone.pieces)
    assert small.encode_many([]) == []


def test_half_a_character_among_many_texts_is_named(small: LoadedTokenizer) -> None:
    with pytest.raises(TokenizerError, match="Character 2") as caught:
        small.encode_many(["fine", "me\ud83d"])
    assert caught.value.code == "lone-surrogate"


def test_words_that_spell_a_special_token_are_text_where_that_is_asked(small: LoadedTokenizer) -> None:
    literal = small.encode_literally(TEXT)
    assert not literal.special.any()
    assert "<|im_start|>" not in list(literal.pieces)
    # An added token that is not special stays one, and the next encode finds special ones again.
    assert "<think>" in list(literal.pieces)
    assert small.encode(TEXT).special.any()


def test_the_config_is_read_as_it_is_written(make: Maker) -> None:
    written = load(at(make(bos_token="<|im_start|>", model_max_length=7)))
    assert (written.config["bos_token"], written.config["model_max_length"]) == ("<|im_start|>", 7)


def test_a_token_that_is_absent_is_added_to_a_copy(small: LoadedTokenizer) -> None:
    more = small.with_special(["<|absent|>"])
    assert more.encode("<|absent|>").ids.tolist() == [small.vocabulary_size]
    assert len(small.encode("<|absent|>")) > 1
    assert small.with_special(["<|absent|>"]) is more


def test_another_end_of_sequence(small: LoadedTokenizer) -> None:
    other = small.with_special((), "<|im_start|>")
    assert other.eos_id == small.encode("<|im_start|>").ids[0] != small.eos_id
    assert other.encode(TEXT).ids.tolist() == small.encode(TEXT).ids.tolist()
