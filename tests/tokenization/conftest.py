"""Tokenizers made in process, and the imitation of the Hub."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lossmask.tokenization.load import quiet
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers

from tests.hub import hub as hub

TEXTS = ["give me a recipe to bake pancakes", "to bake pancakes, one takes a pan", "user assistant system"]


def byte_level() -> Tokenizer:
    """A byte-level BPE of about 300 entries, with two special tokens and one that is added only."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.add_special_tokens([AddedToken("<|im_start|>"), AddedToken("<|im_end|>")])
    tokenizer.add_tokens([AddedToken("<think>", normalized=False)])
    return tokenizer


def split_at_k(folder: Path) -> Tokenizer:
    """Rewrite `tokenizer.json` to split at every k, which classes that are built anew do not read."""
    path = str(folder / "tokenizer.json")
    tokenizer = Tokenizer.from_file(path)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split("k", "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.save(path)
    return tokenizer


CONFIG = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>"}

Maker = Callable[..., Path]


def by_transformers(folder: Path) -> Any:
    """What transformers itself makes of a folder."""
    quiet()
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(folder))


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    """Writes a folder `NAME` with a small tokenizer and any further files, and gives its path."""

    def written(name: str = "small", files: dict[str, str] | None = None, **config: Any) -> Path:
        folder = tmp_path / "tokenizers" / name
        folder.mkdir(parents=True)
        byte_level().save(str(folder / "tokenizer.json"))
        (folder / "tokenizer_config.json").write_text(json.dumps(CONFIG | config))
        for path, text in (files or {}).items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text)
        return folder

    return written
