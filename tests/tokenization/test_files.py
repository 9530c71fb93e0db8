"""Which files of a repository are asked for."""

from __future__ import annotations

import pytest
from lossmask.tokenization import files


def test_weights_and_code_are_never_wanted() -> None:
    names = ["tokenizer.json", "tokenization_own.py", "model.safetensors", "pytorch_model.bin", "README.md"]
    assert files.wanted(names) == ["tokenizer.json"]


def test_beside_tokenizer_json_no_other_vocabulary_is_wanted() -> None:
    names = ["merges.txt", "vocab.json", "tokenizer.model", "tokenizer.json", "tokenizer_config.json"]
    assert files.wanted(names) == ["tokenizer.json", "tokenizer_config.json"]


@pytest.mark.parametrize("names", [["vocab.json", "merges.txt"], ["vocab.txt"]])
def test_vocabularies_that_can_be_converted_are_wanted(names: list[str]) -> None:
    assert files.wanted([*names, "config.json"]) == [*names, "config.json"]


@pytest.mark.parametrize("names", [["config.json"], ["vocab.json"], ["tekken.json"], []])
def test_without_a_whole_vocabulary_nothing_is_wanted(names: list[str]) -> None:
    assert files.wanted(names) == []


def test_named_templates_are_wanted_but_no_other_path() -> None:
    names = [
        "tokenizer.json",
        "additional_chat_templates/rag.jinja",
        "additional_chat_templates/../x.jinja",
        "additional_chat_templates/.x.jinja",
        "additional_chat_templates/a/b.jinja",
        "onnx/tokenizer.json",
    ]
    assert files.wanted(names) == ["tokenizer.json", "additional_chat_templates/rag.jinja"]


def test_vocabularies_that_need_another_library_are_told() -> None:
    assert files.unreadable(["tekken.json", "tokenizer.model", "config.json"]) == [
        "tekken.json",
        "tokenizer.model",
    ]
