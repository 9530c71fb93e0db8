"""`tokenizer.json` as written against what transformers made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lossmask.tokenization import written
from lossmask.tokenization.load import load

from .conftest import Maker, by_transformers, split_at_k
from .test_load import at


def test_tokenizers_that_agree_are_never_encoded_twice(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "Written", None)
    tokenizer = load(at(make()))
    assert tokenizer.differs_from_file("give me", tokenizer.encode("give me")) is None


def test_the_loader_file_has_nothing_to_differ_from(make: Maker) -> None:
    tokenizer = load(at(make(pad_token="<|pad|>")), "file")
    assert tokenizer.differs_from_file("<|pad|>", tokenizer.encode("<|pad|>")) is None


def test_a_class_that_drops_the_files_splitting_is_told(make: Maker) -> None:
    folder = make(tokenizer_class="GPT2Tokenizer")
    split_at_k(folder)
    tokenizer = load(at(folder))
    same, other = "give me", "to bake"
    assert tokenizer.differs_from_file(same, tokenizer.encode(same)) is None
    sentence = tokenizer.differs_from_file(other, tokenizer.encode(other))
    assert sentence is not None
    assert "from token 1 on: 'Ġbake'" in sentence
    assert "against 'Ġ' " in sentence


def test_where_one_is_a_prefix_of_the_other_the_end_is_named(make: Maker) -> None:
    tokenizer = load(at(make(pad_token="<|pad|>")))
    text = "give<|pad|>"
    sentence = tokenizer.differs_from_file(text, tokenizer.encode(text))
    assert sentence is not None
    assert "from token 1 on: '<|pad|>'" in sentence


def old_spelling(folder: Path) -> None:
    """Rewrite a file as earlier versions wrote it: merges as one string, unset fields left out."""
    path = folder / "tokenizer.json"
    data = json.loads(path.read_text())
    data["model"]["merges"] = [" ".join(pair) for pair in data["model"]["merges"]]
    data["model"] |= {"continuing_subword_prefix": "", "end_of_word_suffix": ""}
    del data["model"]["ignore_merges"]
    data["normalizer"] = {"type": "Sequence", "normalizers": []}
    path.write_text(json.dumps(data))


@pytest.mark.parametrize("name", ["PreTrainedTokenizerFast", "GPT2Tokenizer"])
def test_spellings_of_the_same_tokenizer_count_as_one(make: Maker, name: str) -> None:
    named = dict.fromkeys(("bos_token", "eos_token", "unk_token"), "<|im_end|>")
    folder = make(tokenizer_class=name, **named)
    old_spelling(folder)
    backend = by_transformers(folder).backend_tokenizer
    assert written.read_written(folder, backend, rebuilt=True) is None


def test_other_merges_count_as_a_difference(make: Maker) -> None:
    folder = make()
    backend = by_transformers(folder).backend_tokenizer
    path = folder / "tokenizer.json"
    data = json.loads(path.read_text())
    data["model"]["merges"].pop()
    path.write_text(json.dumps(data))
    assert written.read_written(folder, backend, rebuilt=True) is not None
