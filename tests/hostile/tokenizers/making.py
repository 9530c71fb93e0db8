"""How the hostile folders are made: a sound tokenizer, spoilt in one place, or files of other kinds."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from lossmask.core.request import Loader
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from tests.hostile.case import Outcome

Spec: TypeAlias = dict[str, Any]
Make: TypeAlias = Callable[[Path], None]

CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
CONFIG = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "chat_template": CHATML}


@dataclass(frozen=True)
class Folder:
    """How a folder is made, and what analysing with it ends in."""

    name: str
    outcome: Outcome
    make: Make
    loader: Loader = "auto"

    def __str__(self) -> str:
        return self.name


def sound() -> Spec:
    """A byte-level tokenizer that there is nothing wrong with."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=280, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(["give me a recipe to bake pancakes"], trainer)
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    spec: Spec = json.loads(tokenizer.to_str())
    return spec


SOUND = sound()


def write(folder: Path, text: str, config: object = CONFIG) -> None:
    """The two files that a tokenizer usually has."""
    (folder / "tokenizer.json").write_text(text, encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def text(written: str) -> Make:
    """A `tokenizer.json` of any text, with the sound configuration."""
    return lambda folder: write(folder, written)


def changed(change: Callable[[Spec], object]) -> Make:
    """The sound tokenizer, spoilt in one place."""

    def make(folder: Path) -> None:
        spec = copy.deepcopy(SOUND)
        change(spec)
        write(folder, json.dumps(spec))

    return make


def member(name: str, value: object) -> Make:
    """The sound tokenizer with another value of one member."""
    return changed(lambda spec: spec.__setitem__(name, value))


def model(**members: object) -> Make:
    """The sound tokenizer with other values in its model."""
    return changed(lambda spec: spec["model"].update(members))


def spliced(name: str, value: str) -> Make:
    """A member whose JSON is too deep for a library to write."""
    return text(json.dumps({**SOUND, name: "HERE"}).replace('"HERE"', value))


def config(**members: object) -> Make:
    """The sound tokenizer with another configuration."""
    return lambda folder: write(folder, json.dumps(SOUND), {**CONFIG, **members})


def beside(files: Mapping[str, str | bytes]) -> Make:
    """The sound tokenizer with further files, or others of the same name."""

    def make(folder: Path) -> None:
        write(folder, json.dumps(SOUND))
        for name, content in files.items():
            written = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(written)

    return make


def instead(make: Callable[[Path], object]) -> Make:
    """Something that is no file in the place of `tokenizer.json`."""

    def made(folder: Path) -> None:
        write(folder, "")
        (folder / "tokenizer.json").unlink()
        make(folder / "tokenizer.json")

    return made
